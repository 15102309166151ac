"""Tests of timm's polynomial."""

import pytest
from golden_values import assert_rates, schedule_cases
from laws import PortedScheduleLaws
from timm_rules import CYCLES, cycled_rates

from lropt_jax.compat.timm import PolyLRScheduler

CASES = schedule_cases("PolyLRScheduler", "timm")


class TestLaws(PortedScheduleLaws):
    specimen = PolyLRScheduler(0.1, 20, lr_min=0.001, warmup_t=5, warmup_lr_init=0.01, k_decay=1.5)
    end = 20


class TestLawsOfCycles(PortedScheduleLaws):
    specimen = PolyLRScheduler(0.1, 4, 2.0, 0.001, 2.0, 0.7, 3, warmup_t=2, warmup_prefix=True)
    end = 30


@pytest.mark.parametrize("name", CASES)
def test_it_is_timm_poly_lr_scheduler(name):
    case = CASES[name]
    assert_rates(PolyLRScheduler(case["base_lr"], **case["params"]), case["lrs"])


@pytest.mark.parametrize("cycles", CYCLES, ids=str)
@pytest.mark.parametrize(("power", "k_decay"), [(0.5, 1.0), (0.9, 2.0), (2.0, 0.5), (0.0, 1.0)])
def test_it_is_its_rule(cycles, power, k_decay):
    rates = cycled_rates(lambda over: (1 - over**k_decay) ** power, 0.1, updates=100, **cycles)
    assert_rates(PolyLRScheduler(0.1, power=power, k_decay=k_decay, **cycles), rates)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="timm.PolyLRScheduler: power must be finite and >= 0, got -1"):
        PolyLRScheduler(0.1, 10, -1.0)
    with pytest.raises(ValueError, match="timm.PolyLRScheduler: k_decay must be finite and > 0, got 0"):
        PolyLRScheduler(0.1, 10, k_decay=0)
