"""Tests of what few seeds can tell."""

import numpy as np
import pytest
from scipy import stats

from lropt_jax.tuning.intervals import half_width, quantile, told_apart


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 7, 30, 99])
def test_the_quantile_is_students(freedom):
    assert quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-12)


def test_an_interval_holds_the_mean_19_times_of_20():
    samples = np.random.default_rng(0).normal(3.0, 2.0, (4000, 3))
    held = [abs(each.mean() - 3.0) <= half_width(np.std(each, ddof=1), 3) for each in samples]
    assert np.mean(held) == pytest.approx(0.95, abs=0.01)
    assert np.isnan(half_width(0.0, 1))


def test_settings_are_compared_seed_by_seed():
    first = {0: 1.0, 1: 5.0, 2: 9.0}
    assert told_apart(first, {seed: result + 0.1 + 0.01 * seed for seed, result in first.items()})
    assert not told_apart(first, {0: 1.1, 1: 4.9, 2: 9.1})
    assert not told_apart(first, first)
    assert not told_apart({0: 1.0}, {0: 100.0})
    assert told_apart(first, {0: 2.0, 1: 6.0, 2: 10.0, 3: 0.0})
    rng = np.random.default_rng(0)
    pairs = rng.normal(size=(2000, 2, 3)) + rng.normal(size=(2000, 1, 3))  # no true difference
    wrong = [told_apart(dict(enumerate(a)), dict(enumerate(b))) for a, b in pairs]
    assert np.mean(wrong) == pytest.approx(0.05, abs=0.015)
