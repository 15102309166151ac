"""Tests of the range of good rates."""

import numpy as np
import pytest

from lropt_jax.tuning.ranges import good_range

RATES = np.array([0.001, 0.01, 0.1, 1.0, 10.0])


def test_it_reaches_as_far_as_rates_are_nearly_as_good_without_a_worse_one_between():
    ends = {0.001: 0.0, 0.01: 5.0, 0.1: 0.02, 1.0: 0.0}
    assert good_range(RATES, ends, np.full(4, 10.0)) == (0.001, 0.001)
    assert good_range(RATES, ends | {0.001: 0.1}, np.full(4, 10.0)) == (0.1, 1.0)


@pytest.mark.parametrize("start", [np.nan, np.inf])
def test_from_a_start_that_is_not_finite_all_that_ended_well_are_good(start):
    assert good_range(RATES, {0.01: 3.0, 0.1: 1.0}, np.array([start, 1.0])) == (0.01, 0.1)


def test_the_best_rate_is_always_a_good_one():
    assert good_range(RATES, {0.01: 3.0, 0.1: 2.0}, np.array([1.0])) == (0.1, 0.1)
