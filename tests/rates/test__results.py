"""Tests of the judgement of results."""

import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.rates._results import is_better, smoothed, worst


@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("threshold_mode", ["rel", "signed", "abs"])
def test_every_finite_result_is_better_than_none_and_nan_never_is(mode, threshold_mode):
    first = worst(mode)
    assert is_better(jnp.float32(-3.0), first, 0.1, threshold_mode, mode)
    assert not is_better(jnp.float32(jnp.nan), first, 0.1, threshold_mode, mode)
    assert not is_better(first, first, 0.1, threshold_mode, mode)


def test_the_threshold_is_a_share_or_a_difference():
    judged = lambda value, best, mode: [  # noqa: E731
        bool(is_better(jnp.float32(value), jnp.float32(best), 0.1, unit, mode)) for unit in ("rel", "signed", "abs")
    ]
    assert judged(8.9, 10.0, "min") == [True, True, True]
    assert judged(9.5, 10.0, "min") == [False, False, True]
    assert judged(-9.5, -10.0, "min") == [False, True, False]  # worse, and yet better than -10 + 1
    assert judged(-10.5, -10.0, "min") == [False, True, True]
    assert judged(-10.5, -10.0, "max") == [False, True, False]
    assert judged(11.5, 10.0, "max") == [True, True, True]


def test_the_mean_is_of_those_seen_and_at_last_of_the_window():
    recent, seen, means = jnp.zeros(3), jnp.int32(0), []
    for value in (3.0, 5.0, 1.0, jnp.nan, 1.0, 2.0, 6.0):
        recent, seen, mean = smoothed(recent, seen, jnp.float32(value))
        means.append(mean)
    np.testing.assert_allclose(means, [3, 4, 3, jnp.nan, jnp.nan, jnp.nan, 3])
    assert seen == 3
