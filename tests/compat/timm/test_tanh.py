"""Tests of timm's hyperbolic tangent."""

import math

import numpy as np
import pytest
from golden_values import assert_rates, schedule_cases
from laws import PortedScheduleLaws
from timm_rules import CYCLES, cycled_rates

from lropt_jax.compat.timm import TanhLRScheduler

CASES = schedule_cases("TanhLRScheduler", "timm")


class TestLaws(PortedScheduleLaws):
    specimen = TanhLRScheduler(0.1, 20, lr_min=0.001, warmup_t=5, warmup_lr_init=0.01)
    end = 20


class TestLawsOfCycles(PortedScheduleLaws):
    specimen = TanhLRScheduler(0.1, 4, -5.0, 2.0, 0.001, 2.0, 0.7, 3, warmup_t=2, warmup_prefix=True)
    end = 30


@pytest.mark.parametrize("name", CASES)
def test_it_is_timm_tanh_lr_scheduler(name):
    case = CASES[name]
    assert_rates(TanhLRScheduler(case["base_lr"], **case["params"]), case["lrs"])


@pytest.mark.parametrize("cycles", CYCLES, ids=str)
@pytest.mark.parametrize(("lb", "ub"), [(-7.0, 3.0), (-1.0, 1.0)])
def test_it_is_its_rule_but_for_the_first_rate(cycles, lb, ub):
    def fall(over):
        return (1 - math.tanh(lb * (1 - over) + ub * over)) / 2

    rates = cycled_rates(fall, 0.1, updates=100, **cycles)
    rates[0] = 0.1
    assert_rates(TanhLRScheduler(0.1, lb=lb, ub=ub, **cycles), rates)


def test_the_rise_aims_at_the_curve_or_with_a_prefix_at_the_rate_of_the_optimizer():
    plain = TanhLRScheduler(0.1, 10, -1.0, 1.0)
    warm = TanhLRScheduler(0.1, 10, -1.0, 1.0, warmup_t=4)
    np.testing.assert_allclose(warm(np.arange(5)), np.linspace(0, plain(4), 5), rtol=1e-6)
    after = TanhLRScheduler(0.1, 10, -1.0, 1.0, warmup_t=4, warmup_prefix=True)
    np.testing.assert_allclose(after(np.arange(4)), [0, 0.025, 0.05, 0.075], rtol=1e-6)
    np.testing.assert_allclose(after(5), plain(1), rtol=1e-6)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="timm.TanhLRScheduler: ub must be finite and > lb, 1.0, got 1.0"):
        TanhLRScheduler(0.1, 10, 1.0, 1.0)
    with pytest.raises(ValueError, match="timm.TanhLRScheduler: t_initial must be finite and > 0, got 0"):
        TanhLRScheduler(0.1, 0)


def test_runs_may_be_longer_than_the_whole_numbers_of_int32():
    schedule = TanhLRScheduler(0.1, 2**40, -1.0, 1.0, cycle_limit=10**12)
    np.testing.assert_allclose(schedule(2**39), 0.05, rtol=1e-6)
