"""Tests of `repeat`."""

import numpy as np
import pytest
from laws import ScheduleLaws

from lropt_jax.schedules import cosine, cosine_restarts, repeat


class TestLaws(ScheduleLaws):
    specimen = repeat(cosine(0.1, 8), 8)


def test_repeated_cosines_are_restarts():
    steps = np.arange(40)
    np.testing.assert_allclose(repeat(cosine(0.1, 8), 8)(steps), cosine_restarts(0.1, 8)(steps), rtol=1e-5)


def test_a_period_of_no_steps_is_refused():
    with pytest.raises(ValueError, match="repeat: steps must be finite and > 0, got 0"):
        repeat(cosine(0.1, 10), 0)
