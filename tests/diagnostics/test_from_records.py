"""Tests of a record that is put together again."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax import Refused
from lropt_jax.diagnostics import from_records, record, to_records, watch
from lropt_jax.optimizers import adam


def test_it_gives_back_what_was_written():
    tx, params = watch(adam(0.1), every=1), {"a": {"w": jnp.ones(2)}, "b": {"w": jnp.ones(3)}}
    state = tx.init(params)
    for times in (1.0, 2.0, 3.0):
        grads = jax.tree.map(jnp.multiply, params, {"a": {"w": times}, "b": {"w": times}})
        _, state = tx.update(grads, state, params, value=1 / times)
    before = record(state)
    after = from_records(to_records(before))
    assert after["groups"] == before["groups"]
    assert set(after) == set(before)
    for name, column in before.items():
        if name not in ("groups", "lost"):
            np.testing.assert_allclose(after[name], column, rtol=1e-6, err_msg=name)


def test_what_is_missing_is_nan_and_other_names_are_left_out():
    found = from_records([{"step": 0, "rate": 0.5, "accuracy": 0.9}, {"step": 5.0, "rate": None, "value": 1}])
    assert np.isnan(found["rate"][1])
    assert np.isnan(found["value"][0])
    assert "accuracy" not in found
    assert found["group_ratio"].shape == (2, 0)
    assert found["group_rate"].shape == (2, 0, 5)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "from_records: rows must be at least one, got none; give the rows of `diagnostics.to_records`."),
        ([{"step": 0}], "from_records: rows must have a rate each, got ['step'] in row 0"),
        ([{"step": 0, "rate": 1.0}, {"epoch": 1}], "from_records: rows must have a step each, got ['epoch'] in row 1"),
        ([{"step": "one", "rate": 1.0}], "from_records: rows must have whole numbers as steps, got 'one' in row 0"),
        ([{"step": 0.5, "rate": 1.0}], "from_records: rows must have whole numbers as steps, got 0.5 in row 0"),
        ([{"step": 0, "rate": "fast"}], "from_records: rows must have numbers in rate, got 'fast'"),
        ([{"step": 0, "rate": [1, 2]}], "from_records: rows must have numbers in rate, got [1, 2]"),
        ([3], "from_records: rows must be a dict from strings, got 3."),
    ],
)
def test_other_rows_are_refused(rows, said):
    with pytest.raises(Refused, match=re.escape(said)):
        from_records(rows)
