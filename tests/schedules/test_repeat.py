"""Tests of `repeat`."""

import jax
import numpy as np
import pytest
from laws import ScheduleLaws, x64

from lropt_jax.schedules import cosine, cosine_restarts, linear, repeat


class TestLaws(ScheduleLaws):
    specimen = repeat(cosine(0.1, 8), 8)


def test_repeated_cosines_are_restarts():
    steps = np.arange(40)
    np.testing.assert_allclose(repeat(cosine(0.1, 8), 8)(steps), cosine_restarts(0.1, 8)(steps), rtol=1e-5)


def test_periods_of_fractions_of_a_step_begin_on_time():
    steps = np.arange(100)
    repeated = repeat(linear(1.0, 2.4), 2.4)(steps)
    np.testing.assert_allclose(repeated, 1 - (steps - steps // 2.4 * 2.4) / 2.4, atol=1e-5)
    with x64():
        slope = jax.grad(lambda steps: repeat(linear(1.0, 10.0), steps)(12.0))(2.5)
    np.testing.assert_allclose(slope, 4 / 10)  # four periods of a step more each begin four steps later


def test_periods_begin_on_time_beyond_what_float32_can_count():
    np.testing.assert_array_equal(
        repeat(linear(1.0, 2), 2**24 + 1)(np.array([2**24, 2**24 + 1, 2**24 + 2])), [0, 1, 0.5]
    )


def test_a_period_of_no_steps_is_refused():
    with pytest.raises(ValueError, match="repeat: steps must be finite and > 0, got 0"):
        repeat(cosine(0.1, 10), 0)
