"""Tests of rates between two steps, late in a run."""

import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax._core.between_steps import rate_between, rate_scaled, rate_slowed
from lropt_jax.schedules import linear

LONG = 10**8


@pytest.mark.parametrize("array", [np.asarray, jnp.asarray])
def test_there_are_no_stairs_near_the_end_of_a_long_run(array):
    falls, left = linear(1.0, LONG), np.arange(20, -1, -1)
    np.testing.assert_allclose(
        rate_scaled(falls, LONG - 500, array(1000 - left), 500, 1000), left / 2 / LONG, rtol=1e-6
    )
    np.testing.assert_allclose(rate_slowed(falls, array(LONG * 5 // 2 - left), 2.5), left / 2.5 / LONG, rtol=1e-6)
    np.testing.assert_allclose(
        rate_between(falls, array(LONG - left), 0.25), np.maximum(left - 0.25, 0) / LONG, rtol=1e-6
    )


def test_reals_stay_reals_and_early_steps_are_exact():
    squares = lambda step: jnp.square(step)  # noqa: E731  (a line between two of its rates is not on it)
    assert rate_between(squares, 3, 0.5) == 3.5**2
    assert rate_scaled(squares, 1, 5, 1, 2) == rate_scaled(squares, 1.0, 5, 1, 2) == 3.5**2
    assert rate_slowed(squares, 7, 2) == rate_slowed(squares, 7.0, 2) == 3.5**2
