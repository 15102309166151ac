"""Tests of `shift`."""

import numpy as np
import pytest
from laws import ScheduleLaws

from lropt_jax.schedules import cosine, shift, warmup


class TestLaws(ScheduleLaws):
    specimen = shift(warmup(cosine(0.1, 20), 5), 3)
    end = 22


def test_a_counter_that_starts_again_goes_on_with_the_rates():
    steps, schedule = np.arange(30), warmup(cosine(0.1, 20), 5)
    np.testing.assert_array_equal(shift(schedule, 10)(steps[:20]), schedule(steps[10:]))


def test_a_negative_shift_is_refused():
    with pytest.raises(ValueError, match="shift: steps must be finite and >= 0, got -1"):
        shift(cosine(0.1, 10), -1)
