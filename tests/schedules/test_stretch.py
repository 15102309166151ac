"""Tests of `stretch`."""

import numpy as np
import pytest
from laws import ScheduleLaws

from lropt_jax.schedules import cosine, stretch, warmup


class TestLaws(ScheduleLaws):
    specimen = stretch(cosine(0.1, 10), 2.0)
    end = 20


def test_every_horizon_is_longer_by_the_factor():
    steps = np.arange(100)
    np.testing.assert_allclose(stretch(cosine(0.1, 10), 3)(steps), cosine(0.1, 30)(steps), rtol=1e-5, atol=1e-9)
    ramp = stretch(warmup(cosine(0.1, 90), 10, start=0.0), 0.5)
    np.testing.assert_allclose(ramp(steps), warmup(cosine(0.1, 45), 5, start=0.0)(steps), rtol=1e-5, atol=1e-9)


def test_a_factor_of_zero_is_refused():
    with pytest.raises(ValueError, match="stretch: factor must be finite and > 0, got 0"):
        stretch(cosine(0.1, 10), 0)
