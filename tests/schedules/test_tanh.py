"""Tests of `tanh`."""

import numpy as np
import pytest
from golden_values import schedule_cases
from laws import ScheduleLaws, x64

from lropt_jax.schedules import tanh


class TestLaws(ScheduleLaws):
    specimen = tanh(0.1, 20, lower=-4.0, upper=3.0, floor=0.01)
    end = 20


def test_it_is_timms_after_its_warmup():
    case = schedule_cases("TanhLRScheduler", "timm")["warm"]
    with x64():
        schedule = tanh(0.1, 100, floor=0.0001)
        np.testing.assert_allclose(schedule(np.arange(10, 100)), case["lrs"][10:100], atol=1e-12)


def test_bounds_that_are_none_are_refused():
    with pytest.raises(ValueError, match="tanh: upper must be finite, got inf"):
        tanh(0.1, 10, upper=float("inf"))
