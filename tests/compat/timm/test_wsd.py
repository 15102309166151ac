"""Tests of timm's warmup, stable, decay."""

import math

import jax.numpy as jnp
import numpy as np
import pytest
from golden_values import assert_rates, schedule_cases
from laws import PortedScheduleLaws

from lropt_jax.compat.timm import WSDLRScheduler

CASES = schedule_cases("WSDLRScheduler", "timm")
STABLE = {"constant": lambda share: 1, "rsqrt": lambda share: share**-0.5, "power": lambda share: share**-0.8}
DECAY = {
    "linear": lambda over: 1 - over,
    "1-sqrt": lambda over: 1 - math.sqrt(over),
    "cosine": lambda over: (1 + math.cos(math.pi * over)) / 2,
    "power": lambda over: 1 - over**3,
    "exp": lambda over: (0.05**over - 0.05) / 0.95,
}


class TestLaws(PortedScheduleLaws):
    specimen = WSDLRScheduler(0.1, 15, 10, 0.001, warmup_t=5, warmup_lr_init=0.01)
    end = 20


class TestLawsOfAFallingStablePart(PortedScheduleLaws):
    specimen = WSDLRScheduler(0.1, 20, 10, 0.001, "power", 8.0, 0.8, "exp", decay_ratio=0.05)
    end = 20


class TestLawsOfAPowerInTheTail(PortedScheduleLaws):
    specimen = WSDLRScheduler(0.1, 15, 10, 0.001, "rsqrt", decay_fn="power", decay_power=2.0, warmup_t=5)
    end = 20


@pytest.mark.parametrize("name", CASES)
def test_it_is_timm_wsd_lr_scheduler(name):
    case = CASES[name]
    assert_rates(WSDLRScheduler(case["base_lr"], **case["params"]), case["lrs"])


@pytest.mark.parametrize("stable_fn", STABLE)
@pytest.mark.parametrize("decay_fn", DECAY)
@pytest.mark.parametrize("lr_min", [0.0, 1e-4, 0.08])
def test_it_is_its_rule(stable_fn, decay_fn, lr_min):
    stable = [max(0.1 * STABLE[stable_fn](1 + step / 25), lr_min) for step in range(80)]
    tail = [DECAY[decay_fn](min(max(step - 20, 0) / 40, 1)) for step in range(80)]
    rates = [lr_min + (rate - lr_min) * factor for rate, factor in zip(stable, tail, strict=True)]
    schedule = WSDLRScheduler(
        0.1, 60, 40, lr_min, stable_fn, 25.0, 0.8, decay_fn, decay_power=3.0, decay_ratio=0.05, warmup_t=5
    )
    assert_rates(schedule, [*(0.02 * np.arange(5)), *rates])


def test_the_tail_may_be_a_function():
    steps = np.arange(30)
    own = WSDLRScheduler(0.1, 20, 10, decay_fn=lambda over: 1 - over**2)
    np.testing.assert_allclose(
        own(steps), WSDLRScheduler(0.1, 20, 10, decay_fn="power", decay_power=2.0)(steps), rtol=1e-5, atol=1e-9
    )
    assert own.end == 20
    assert WSDLRScheduler(0.1, 20, 10, stable_fn="rsqrt", stable_timescale=5, decay_fn=jnp.cos).end is None


def test_the_stable_part_falls_over_the_length_of_the_warmup_by_default():
    steps = np.arange(30)
    named = WSDLRScheduler(0.1, 20, 10, stable_fn="rsqrt", stable_timescale=4, warmup_t=4)
    np.testing.assert_array_equal(WSDLRScheduler(0.1, 20, 10, stable_fn="rsqrt", warmup_t=4)(steps), named(steps))
    with pytest.raises(ValueError, match="timm.WSDLRScheduler: stable_timescale must be finite and > 0, got 0"):
        WSDLRScheduler(0.1, 20, 10, stable_fn="rsqrt")


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="timm.WSDLRScheduler: t_initial must be finite and >= decay_t, 30, got 20"):
        WSDLRScheduler(0.1, 20, 30)
    with pytest.raises(ValueError, match="timm.WSDLRScheduler: decay_t must be finite and > 0, got 0"):
        WSDLRScheduler(0.1, 20, 0)
    with pytest.raises(ValueError, match=r"timm.WSDLRScheduler: decay_ratio must be in \(0, 1\), got 1"):
        WSDLRScheduler(0.1, 20, 10, decay_ratio=1)
    with pytest.raises(ValueError, match="WSDLRScheduler: stable_fn must be one of constant, rsqrt, power, got 'flat'"):
        WSDLRScheduler(0.1, 20, 10, stable_fn="flat")
    with pytest.raises(ValueError, match="WSDLRScheduler: decay_fn must be one of linear, 1-sqrt, cosine, power, exp"):
        WSDLRScheduler(0.1, 20, 10, decay_fn="sqrt")
