"""Tests of tables whose axes have names."""

import re

import numpy as np
import pandas as pd
import pytest

from lropt_jax.objectives import ContingencyTable, contingency_table, identify, interval

GRAPH = "z -> x -> y, z -> y"
RNG = np.random.default_rng(0)
ROWS = {
    "y": RNG.integers(0, 2, 400),
    "z": RNG.choice(["old", "young"], 400),
    "x": RNG.random(400) < 0.5,
    "id": range(400),
}


def test_it_counts_what_pandas_counts_and_ignores_other_columns():
    table = contingency_table(GRAPH, ROWS)
    counted = pd.crosstab([ROWS["z"], ROWS["x"]], ROWS["y"]).to_numpy().reshape(2, 2, 2)
    np.testing.assert_array_equal(table.counts, counted)
    assert (table.names, table.rows) == (("z", "x", "y"), 400)
    assert table.levels == (("old", "young"), (False, True), (0, 1))
    np.testing.assert_allclose(table.probabilities, counted / 400, rtol=1e-6)


def test_rows_that_are_counted_already_give_the_same_table():
    counted = pd.DataFrame(ROWS).groupby(["z", "x", "y"]).size().reset_index(name="n")
    np.testing.assert_array_equal(
        contingency_table(GRAPH, counted, counts="n").counts, contingency_table(GRAPH, ROWS).counts
    )


def test_the_order_of_axes_and_axes_that_nobody_asks_for_do_not_matter():
    table, effect = contingency_table(f"{GRAPH}, id", ROWS | {"id": ROWS["y"]}), identify(GRAPH, x="x", y="y")
    expected = effect(contingency_table(GRAPH, ROWS).frequencies)
    exchanged = table.over(["y", "id", "z", "x"])
    np.testing.assert_allclose(effect(exchanged), expected, rtol=1e-6)
    np.testing.assert_allclose(interval(effect, exchanged), interval(effect, table), rtol=1e-6)
    assert exchanged.over("z").levels == (("old", "young"),)
    for bad, message in ((["x", "x"], "names must be different"), ("q", "table must have the axes q, got y, id, z, x")):
        with pytest.raises(ValueError, match=f"^ContingencyTable: {message}"):
            exchanged.over(bad)
    with pytest.raises(ValueError, match="^identify: table must have the axes z, x, y, got x, y.$"):
        effect(table.over(["x", "y"]))


def test_rows_in_the_place_of_a_table_are_refused_with_what_to_call():
    for rows in (ROWS, pd.DataFrame(ROWS)):
        with pytest.raises(TypeError, match="^identify: table must be .*; count rows by contingency_table"):
            identify(GRAPH, x="x", y="y")(rows)


def test_it_prints_its_cells_up_to_a_limit():
    assert repr(ContingencyTable([3, 1], ("x",), (("no", "yes"),))) == "4 rows\nx    count\nno   3\nyes  1"
    assert repr(ContingencyTable(np.ones(30), ("x",))).endswith("\n23  1\n... 6 more lines")


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("names must be 2 different ones, one an axis, got ('x',).", ([[1, 2]], ("x",))),
        ("names must be 2 different ones, one an axis, got ('x', 'x').", ([[1, 2]], ("x", "x"))),
        ("names must be a sequence of names, got 'x'.", ([1, 2], "x")),
        ("counts must be whole numbers >= 0, got [1, -2].", ([1, -2], ("x",))),
        ("counts must be whole numbers >= 0, got [0.5, 0.5].", ([0.5, 0.5], ("x",))),
        ("counts must be whole numbers >= 0, got [1, nan].", ([1, float("nan")], ("x",))),
        ("counts must hold an observation, got zeros alone.", ([0, 0], ("x",))),
        ("levels must be (2,) different values an axis, got ((0, 0),).", ([1, 2], ("x",), ((0, 0),))),
        ("levels must be (2,) different values an axis, got 5.", ([1, 2], ("x",), 5)),
        ("names must be a sequence of names, got None.", ([1, 2], None)),
        ("counts must be whole numbers >= 0, got [[1], [1, 2]].", ([[1], [1, 2]], ("x", "y"))),
    ],
)
def test_what_is_no_table_is_refused(message, arguments):
    with pytest.raises(ValueError, match=f"^{re.escape(f'ContingencyTable: {message}')}$"):
        ContingencyTable(*arguments)


@pytest.mark.parametrize(
    ("message", "columns"),
    [
        ("columns must have the same length >= 1, got {'x': 2, 'y': 2, 'z': 1}.", {"z": [0], "x": [0, 1], "y": [0, 1]}),
        ("columns must have the same length >= 1, got {'x': 0, 'y': 0, 'z': 0}.", {"z": [], "x": [], "y": []}),
        ("columns must have y, got ['z', 'x'].", {"z": [0], "x": [0]}),
    ],
)  # fmt: skip
def test_columns_that_make_no_table_are_refused(message, columns):
    with pytest.raises(ValueError, match=f"^{re.escape(f'contingency_table: {message}')}$"):
        contingency_table(GRAPH, columns)


def test_a_table_that_does_not_fit_into_memory_is_refused():
    names = [f"v{place}" for place in range(30)]
    with pytest.raises(ValueError, match=r"columns must make at most 2\^25 cells, got 1073741824; merge levels"):
        contingency_table(names, {name: [0, 1] for name in names})
