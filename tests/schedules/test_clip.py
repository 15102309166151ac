"""Tests of `clip`."""

import jax
import numpy as np
import pytest
from laws import ScheduleLaws

from lropt_jax.schedules import clip, cosine


class TestLaws(ScheduleLaws):
    specimen = clip(cosine(0.1, 20), floor=0.02, ceiling=0.08)
    end = 20


class TestLawsWithoutACeiling(ScheduleLaws):
    specimen = clip(cosine(0.1, 20), floor=0.02)
    end = 20


def test_rates_stay_between_floor_and_ceiling():
    steps = np.arange(25)
    expected = np.clip(cosine(0.1, 20)(steps), np.float32(0.02), np.float32(0.08))
    np.testing.assert_array_equal(clip(cosine(0.1, 20), floor=0.02, ceiling=0.08)(steps), expected)


def test_a_ceiling_below_the_floor_is_refused():
    with pytest.raises(ValueError, match="clip: ceiling must be finite and >= floor, 0.5, got 0.1"):
        clip(0.3, floor=0.5, ceiling=0.1)
    jax.jit(lambda floor, ceiling: clip(0.3, floor=floor, ceiling=ceiling)(0))(0.5, 0.1)
    jax.jit(lambda ceiling: clip(0.3, floor=0.5, ceiling=ceiling)(0))(0.1)
