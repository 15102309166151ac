"""Tests of the rise from 0."""

import jax
import numpy as np

from lropt_jax.compat.transformers.rise import decay_steps, warmed_up


def test_the_factor_sees_the_steps_after_the_rise():
    schedule = warmed_up(2.0, 4, lambda time: 1 / (1 + time))
    np.testing.assert_allclose(schedule(np.arange(7)), [0, 0.5, 1, 1.5, 2, 1, 2 / 3], rtol=1e-6)


def test_without_a_rise_the_factor_counts_from_the_start_with_finite_slopes():
    rates = jax.jacobian(lambda steps: warmed_up(2.0, steps, lambda time: 1 / (1 + time))(np.arange(3)))(0.0)
    assert np.all(np.isfinite(rates))
    np.testing.assert_allclose(warmed_up(2.0, 0, lambda time: 1 / (1 + time))(np.arange(3)), [2, 1, 2 / 3], rtol=1e-6)


def test_no_step_is_lost_where_float32_has_none_between():
    schedule = warmed_up(1.0, 2**25, lambda time: time)
    np.testing.assert_array_equal(schedule(2**25 + np.arange(4)), np.arange(4))


def test_the_steps_after_the_rise_are_at_least_1():
    assert decay_steps(2**25 - 1, 2**25 + 2) == 3
    assert decay_steps(7, 7) == decay_steps(9, 7) == 1
