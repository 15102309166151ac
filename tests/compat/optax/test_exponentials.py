"""Tests of Optax's exponentials."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from laws import PortedScheduleLaws
from optax_peer import BEGINS, COUNTS, RATES, assert_same, examples

from lropt_jax.compat.optax import exponential_decay, warmup_exponential_decay_schedule

FACTORS = st.floats(0.5, 0.999) | st.floats(1.0, 1.5)
BOUNDS = st.none() | st.floats(1e-3, 2.0)
LONG = st.integers(50, 500)


class TestLawsOfExponential(PortedScheduleLaws):
    specimen = exponential_decay(0.1, 10, 0.8, 5, end_value=0.02)


class TestLawsOfStaircase(PortedScheduleLaws):
    specimen = exponential_decay(0.1, 4, 0.8, 5, staircase=True)


class TestLawsOfWarmup(PortedScheduleLaws):
    specimen = warmup_exponential_decay_schedule(0.01, 0.1, 5, 10, 0.8, 4)


class TestLawsOfWarmupToAStaircase(PortedScheduleLaws):
    specimen = warmup_exponential_decay_schedule(0.01, 0.1, 5, 4, 0.8, 4, True, 0.02)


@given(RATES, LONG, FACTORS, BEGINS, st.booleans(), BOUNDS)
@examples
def test_a_decay_is_optaxs(init_value, transition_steps, decay_rate, transition_begin, staircase, end_value):
    assert_same("exponential_decay", init_value, transition_steps, decay_rate, transition_begin, staircase, end_value)


@given(RATES, RATES, st.just(0) | COUNTS, LONG, FACTORS, BEGINS, st.booleans(), BOUNDS)
@examples
def test_a_warmup_and_a_decay_are_optaxs(first, peak, warmup_steps, steps, factor, begin, staircase, bound):
    assert_same("warmup_exponential_decay_schedule", first, peak, warmup_steps, steps, factor, begin, staircase, bound)


@pytest.mark.parametrize("decay_rate", [0.9, 0.97, 0.999])
def test_many_small_decays_are_optaxs(decay_rate):
    steps = np.arange(min(int(-7 / np.log(decay_rate)), 2000))
    assert_same("exponential_decay", 0.1, 1, decay_rate, steps=steps)


def test_what_optax_only_logs_is_refused():
    for owner, begin in ((exponential_decay, (0.1,)), (warmup_exponential_decay_schedule, (0.0, 0.1, 5))):
        for steps in (0, -5):
            with pytest.raises(ValueError, match=f"{owner.name}: transition_steps must be finite and > 0, got"):
                owner(*begin, steps, 0.5)
        for factor in (0.0, -0.5):
            with pytest.raises(ValueError, match=f"{owner.name}: decay_rate must be finite and > 0, got"):
                owner(*begin, 5, factor)
        with pytest.raises(ValueError, match=f"{owner.name}: transition_begin must be finite and >= 0, got -1"):
            owner(*begin, 5, 0.5, -1)
        with pytest.raises(ValueError, match=f"{owner.name}: end_value must be finite and >= 0, got -1"):
            owner(*begin, 5, 0.5, end_value=-1)
    with pytest.raises(ValueError, match="warmup_exponential_decay_schedule: warmup_steps must be finite and >= 0"):
        warmup_exponential_decay_schedule(0.0, 0.1, -1, 5, 0.5)
