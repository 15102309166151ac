"""Tests of timm's drops."""

import numpy as np
import pytest
from golden_values import assert_rates, schedule_cases
from laws import PortedScheduleLaws, x64

from lropt_jax.compat.timm import MultiStepLRScheduler, StepLRScheduler
from lropt_jax.compat.torch import MultiStepLR

STEP = schedule_cases("StepLRScheduler", "timm")
MULTI_STEP = schedule_cases("MultiStepLRScheduler", "timm")


class TestLawsOfStepLR(PortedScheduleLaws):
    specimen = StepLRScheduler(0.1, 2.4, 0.9, warmup_t=5, warmup_lr_init=0.01)


class TestLawsOfStepLRWithoutPrefix(PortedScheduleLaws):
    specimen = StepLRScheduler(0.1, 4, 0.9, warmup_t=5, warmup_prefix=False)


class TestLawsOfMultiStepLR(PortedScheduleLaws):
    specimen = MultiStepLRScheduler(0.1, [4, 12], 0.5, warmup_t=5, warmup_lr_init=0.01)
    end = 16


class TestLawsOfMultiStepLRWithoutPrefix(PortedScheduleLaws):
    specimen = MultiStepLRScheduler(0.1, [4, 12], 0.5, warmup_t=5, warmup_prefix=False)
    end = 11


@pytest.mark.parametrize("name", STEP)
def test_it_is_timm_step_lr_scheduler(name):
    case = STEP[name]
    assert_rates(StepLRScheduler(case["base_lr"], **case["params"]), case["lrs"])


@pytest.mark.parametrize("name", MULTI_STEP)
def test_it_is_timm_multi_step_lr_scheduler(name):
    case = MULTI_STEP[name]
    assert_rates(MultiStepLRScheduler(case["base_lr"], **case["params"]), case["lrs"])


@pytest.mark.parametrize("decay_t", [2.4, 2.5, 7.3])
def test_steps_between_drops_may_be_a_fraction(decay_t):
    steps = np.arange(400)
    assert_rates(StepLRScheduler(0.1, decay_t, 0.97), 0.1 * 0.97 ** (steps // decay_t))


def test_a_milestone_works_one_step_earlier_than_in_torch():
    steps = np.arange(20)
    timm, torch = MultiStepLRScheduler(0.1, [3, 9], 0.5), MultiStepLR(0.1, [3, 9], 0.5)
    np.testing.assert_array_equal(timm(steps), torch(steps + 1))


def test_a_milestone_at_1_leaves_the_first_update_its_rate():
    schedule = MultiStepLRScheduler(0.1, [1], 0.5)
    np.testing.assert_allclose(schedule(np.arange(3)), [0.1, 0.05, 0.05], rtol=1e-6)
    assert schedule.end == 1


def test_without_milestones_the_rate_stays():
    with x64():
        np.testing.assert_array_equal(MultiStepLRScheduler(0.1, [], 0.5)(np.arange(5)), 0.1)
    assert MultiStepLRScheduler(0.1, [], 0.5, warmup_t=3).end == 3


def test_bad_arguments_are_refused():
    for name in ("decay_t", "decay_rate"):
        with pytest.raises(ValueError, match=f"timm.StepLRScheduler: {name} must be finite and > 0, got 0"):
            StepLRScheduler(**{"base_lr": 0.1, "decay_t": 10, name: 0})
    with pytest.raises(ValueError, match="timm.MultiStepLRScheduler: decay_t must be a sequence in ascending order"):
        MultiStepLRScheduler(0.1, [5, 3])
    with pytest.raises(ValueError, match="timm.MultiStepLRScheduler: decay_rate must be finite and > 0, got 0"):
        MultiStepLRScheduler(0.1, [5], 0)
