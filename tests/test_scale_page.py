"""The numbers of docs/scale.md are those that shapes give, and its program shards what it says."""

import jax
import pytest
from pages import run
from scale_page import FORMATS, billion, bytes_each, rows, table


def test_every_optimizer_has_its_row():
    head, *found = table("optimizer")
    assert [row[0] for row in found] == [row[0] for row in rows([])]
    assert set(head[1:]) <= set(FORMATS)


def test_bytes_a_parameter_are_as_said():
    head, *found = table("optimizer")
    for call, *cells in found:
        assert [bytes_each(call.strip("`"), form) for form in head[1:]] == cells, call


def test_a_billion_parameters_need_what_is_said():
    assert table("a billion")[1:] == billion()


def test_a_table_that_is_not_there_is_named():
    with pytest.raises(LookupError, match="no table"):
        table("nothing")


def test_the_program_shards_the_state_as_the_parameters():
    names = run("docs/scale.md", 0)
    assert len(jax.tree.leaves(names["params"])) == 3
    for slot in (names["state"].mu, names["state"].nu):
        for leaf, param in zip(jax.tree.leaves(slot), jax.tree.leaves(names["params"]), strict=True):
            assert leaf.sharding.is_equivalent_to(param.sharding, leaf.ndim)
    assert names["planned"] == 8 * 2 * 512**2 + 8 * 512 + 8
    assert names["state"].count == 3
