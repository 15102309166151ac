"""Tests of `to_records`."""

import json

import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.diagnostics import record, to_records, watch
from lropt_jax.optimizers import sgd

PARAMS = {"a": {"w": jnp.array([3.0, 4.0])}, "b": jnp.ones(1)}


def rows_of(values):
    tx = watch(sgd(0.5), every=1)
    state = tx.init(PARAMS)
    for value in values:
        _, state = tx.update(PARAMS, state, PARAMS, value=value)
    return record(state)


def test_a_row_is_flat_and_of_pythons_numbers():
    rows = to_records(rows_of([2.0, np.nan]))
    assert [row["step"] for row in rows] == [0, 1]
    assert rows[0]["value"] == 2.0
    assert np.isnan(rows[1]["value"]), "a loss that is NaN is news"
    assert "sharpness" not in rows[0], "not measured"
    assert rows[0]["group_ratio/a"] == rows[0]["group_rate_median/b"] == 0.5
    assert json.loads(json.dumps(rows[0])) == pytest.approx(rows[0], nan_ok=True)


def test_what_is_no_record_is_refused():
    rows = rows_of([1.0])
    for wrong, message in (
        ([rows], "record must be a dict, as record.state. gives for one run.*; give one of them"),
        ({"rate": [1.0]}, "record must have 'step'.*; give record.state."),
        ({**rows, "rate": np.ones(3)}, r"record\['rate'\] must have the shape \(1,\), got \(3,\)"),
    ):
        with pytest.raises((ValueError, TypeError), match=f"to_records: {message}"):
            to_records(wrong)
