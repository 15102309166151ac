"""Tests of `linear`."""

import numpy as np
import optax
import pytest
from golden_values import schedule_cases
from laws import ScheduleLaws, x64

from lropt_jax.schedules import linear


class TestLaws(ScheduleLaws):
    specimen = linear(0.1, 20, floor=0.01)
    end = 20


def test_it_is_torch_linear_lr_to_zero():
    case = schedule_cases("LinearLR")["decay"]
    with x64():
        np.testing.assert_allclose(linear(0.1, 60)(np.arange(len(case["lrs"]))), case["lrs"], atol=1e-12)


def test_it_is_torch_linear_lr_upwards():
    case = schedule_cases("LinearLR")["default"]
    with x64():
        rates = linear(0.05 / 3, 5, floor=0.05)(np.arange(len(case["lrs"])))
        np.testing.assert_allclose(rates, case["lrs"], atol=1e-12)


def test_it_is_optax_linear_schedule():
    steps = np.arange(30)
    np.testing.assert_allclose(
        linear(0.1, 20, floor=0.01)(steps), optax.linear_schedule(0.1, 0.01, 20)(steps), rtol=1e-6
    )


def test_the_last_update_moves_and_the_one_after_it_does_not():
    assert linear(1.0, 10)(9) > 0.09
    assert linear(1.0, 10)(10) == 0


@pytest.mark.parametrize("steps", [0, -3, float("nan"), float("inf")])
def test_a_horizon_that_is_none_is_refused(steps):
    with pytest.raises(ValueError, match="linear: steps must be finite and > 0, got"):
        linear(0.1, steps)


def test_what_is_no_number_is_refused():
    with pytest.raises(TypeError, match="linear: peak must be a number, got 'fast'"):
        linear("fast", 10)
    with pytest.raises(
        TypeError, match=r"missing a required argument: 'steps'; it is linear\(peak, steps, \*, floor=0.0\)"
    ):
        linear(0.1)
