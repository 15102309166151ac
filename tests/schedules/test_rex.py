"""Tests of `rex`."""

import numpy as np
import pytest
from golden_values import schedule_cases
from laws import ScheduleLaws, x64

from lropt_jax.schedules import linear, rex


class TestLaws(ScheduleLaws):
    specimen = rex(0.1, 20, floor=0.01)
    end = 20


def test_it_is_pytorch_optimizers_rex_scheduler_but_for_its_first_value():
    case = schedule_cases("REXScheduler", "pytorch_optimizer")["a"]
    with x64():
        schedule = rex(0.1, 60, floor=0.001)
        np.testing.assert_allclose(schedule(np.arange(1, 61)), case["lrs"][1:61], atol=1e-12)


def test_it_is_above_linear_all_along():
    steps = np.arange(1, 20)
    assert np.all(rex(0.1, 20)(steps) > linear(0.1, 20)(steps))


def test_a_negative_horizon_is_refused():
    with pytest.raises(ValueError, match="rex: steps must be finite and > 0, got -1"):
        rex(0.1, -1)
