"""Tests of Optax's constants, lines and powers."""

import numpy as np
import pytest
from hypothesis import given
from laws import PortedScheduleLaws
from optax_peer import BEGINS, COUNTS, POWERS, RATES, assert_same, examples

from lropt_jax.compat.optax import constant_schedule, linear_schedule, polynomial_schedule, warmup_constant_schedule


class TestLawsOfConstant(PortedScheduleLaws):
    specimen = constant_schedule(0.1)
    end = 0


class TestLawsOfLinear(PortedScheduleLaws):
    specimen = linear_schedule(0.1, 0.01, 15, 5)
    end = 20


class TestLawsOfPolynomial(PortedScheduleLaws):
    specimen = polynomial_schedule(0.1, 0.01, 0.7, 15, 5)
    end = 20


class TestLawsOfWarmup(PortedScheduleLaws):
    specimen = warmup_constant_schedule(0.01, 0.1, 20)
    end = 20


@given(RATES)
@examples
def test_a_constant_is_optaxs(value):
    assert_same("constant_schedule", value)


@given(RATES, RATES, COUNTS, BEGINS)
@examples
def test_a_line_is_optaxs(init_value, end_value, transition_steps, transition_begin):
    assert_same("linear_schedule", init_value, end_value, transition_steps, transition_begin)


@given(RATES, RATES, POWERS, COUNTS, BEGINS)
@examples
def test_a_polynomial_is_optaxs(init_value, end_value, power, transition_steps, transition_begin):
    assert_same("polynomial_schedule", init_value, end_value, power, transition_steps, transition_begin)


@given(RATES, RATES, COUNTS)
@examples
def test_a_warmup_is_optaxs(init_value, peak_value, warmup_steps):
    assert_same("warmup_constant_schedule", init_value, peak_value, warmup_steps)


def test_long_runs_are_optaxs_at_both_ends():
    steps = np.array([0, 1, 10, 999_990, 999_999, 1_000_000, 2_000_000])
    for first, last in ((0.1, 1e-6), (1e-6, 0.1), (0.1, 0.0), (0.0, 0.1)):
        assert_same("linear_schedule", first, last, 1_000_000, steps=steps)
        assert_same("polynomial_schedule", first, last, 2, 1_000_000, steps=steps)


def test_what_optax_only_logs_is_refused():
    for steps in (0, -5):
        with pytest.raises(ValueError, match="optax.linear_schedule: transition_steps must be finite and > 0, got"):
            linear_schedule(0.1, 0.0, steps)
        with pytest.raises(ValueError, match="optax.polynomial_schedule: transition_steps must be finite and > 0, got"):
            polynomial_schedule(0.1, 0.0, 2, steps)
        with pytest.raises(ValueError, match="warmup_constant_schedule: warmup_steps must be finite and > 0, got"):
            warmup_constant_schedule(0.0, 0.1, steps)
    with pytest.raises(ValueError, match="optax.linear_schedule: transition_begin must be finite and >= 0, got -1"):
        linear_schedule(0.1, 0.0, 5, -1)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="optax.polynomial_schedule: power must be finite and > 0, got 0"):
        polynomial_schedule(0.1, 0.0, 0, 10)
    with pytest.raises(ValueError, match="optax.constant_schedule: value must be finite and >= 0, got -0.1"):
        constant_schedule(-0.1)
    with pytest.raises(ValueError, match="warmup_constant_schedule: peak_value must be finite and >= 0, got -0.1"):
        warmup_constant_schedule(0.0, -0.1, 5)
