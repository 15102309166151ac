"""Tests of timm's cosine."""

import math

import numpy as np
import pytest
from golden_values import assert_rates, schedule_cases
from laws import PortedScheduleLaws
from timm_rules import CYCLES, cycled_rates

from lropt_jax.compat.timm import CosineLRScheduler

CASES = schedule_cases("CosineLRScheduler", "timm")


class TestLaws(PortedScheduleLaws):
    specimen = CosineLRScheduler(0.1, 20, 0.001, warmup_t=5, warmup_lr_init=0.01, k_decay=1.5)
    end = 20


class TestLawsOfCycles(PortedScheduleLaws):
    specimen = CosineLRScheduler(0.1, 4, 0.001, 2.0, 0.7, 3, warmup_t=2, warmup_prefix=True)
    end = 30


class TestLawsOfEvenCycles(PortedScheduleLaws):
    specimen = CosineLRScheduler(0.1, 4, 0.001, 1.0, 0.7, 5, k_decay=0.8)
    end = 20


@pytest.mark.parametrize("name", CASES)
def test_it_is_timm_cosine_lr_scheduler(name):
    case = CASES[name]
    assert_rates(CosineLRScheduler(case["base_lr"], **case["params"]), case["lrs"])


@pytest.mark.parametrize("cycles", CYCLES, ids=str)
@pytest.mark.parametrize("k_decay", [0.5, 1.0, 2.0])
def test_it_is_its_rule(cycles, k_decay):
    rates = cycled_rates(lambda over: (1 + math.cos(math.pi * over**k_decay)) / 2, 0.1, updates=100, **cycles)
    assert_rates(CosineLRScheduler(0.1, k_decay=k_decay, **cycles), rates)


def test_by_default_the_rate_jumps_down_at_the_end_of_the_rise():
    plain, warm = CosineLRScheduler(0.1, 20), CosineLRScheduler(0.1, 20, warmup_t=5)
    np.testing.assert_allclose(warm(np.arange(6)), [*np.linspace(0, 0.08, 5), plain(5)], rtol=1e-6)
    np.testing.assert_array_equal(warm(np.arange(5, 30)), plain(np.arange(5, 30)))
    after = CosineLRScheduler(0.1, 20, warmup_t=5, warmup_prefix=True)
    np.testing.assert_array_equal(after(np.arange(5, 30)), plain(np.arange(25)))


def test_bad_arguments_are_refused():
    for name in ("t_initial", "cycle_mul", "cycle_decay", "k_decay"):
        with pytest.raises(ValueError, match=f"timm.CosineLRScheduler: {name} must be finite and > 0, got 0"):
            CosineLRScheduler(**{"base_lr": 0.1, "t_initial": 10, name: 0})
    with pytest.raises(ValueError, match="timm.CosineLRScheduler: cycle_limit must be finite and >= 1, got 0"):
        CosineLRScheduler(0.1, 10, cycle_limit=0)
    with pytest.raises(ValueError, match="CosineLRScheduler: length of all cycles must be finite and >= warmup_t, 21"):
        CosineLRScheduler(0.1, 10, cycle_limit=2, warmup_t=21)
    assert CosineLRScheduler(0.1, 10, cycle_limit=2, warmup_t=21, warmup_prefix=True).end == 41
