"""Tests of columns of values."""

import numpy as np

from lropt_jax.schedules import linear
from lropt_jax.tuning.columns import columns, joined, plain, row


def test_numbers_stay_numbers_and_everything_else_becomes_text():
    lanes = [{"a": 0.1, "b": True}, {"a": 2, "b": linear(0.1, 5)}, {"c": 3}]
    found = columns(lanes)
    np.testing.assert_array_equal(found["a"], [0.1, 2, np.nan])
    assert found["b"].tolist() == ["True", "linear(peak=0.1, steps=5, floor=0.0)", ""]
    assert row(found, 0) == {"a": 0.1, "b": "True"}
    assert row(found, 2) == {"c": 3}
    assert plain("word") == "'word'"


def test_columns_are_put_below_each_other():
    first, more = columns([{"a": 1}, {"a": 2}]), columns([{"b": "x"}])
    both = joined(first, more, (2, 1))
    np.testing.assert_array_equal(both["a"], [1, 2, np.nan])
    assert both["b"].tolist() == ["", "", "'x'"]
