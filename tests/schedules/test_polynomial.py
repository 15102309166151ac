"""Tests of `polynomial`."""

import numpy as np
import optax
import pytest
from golden_values import schedule_cases
from laws import ScheduleLaws, x64

from lropt_jax.schedules import polynomial


class TestLaws(ScheduleLaws):
    specimen = polynomial(0.1, 20, power=0.5, floor=0.01)
    end = 20


class TestLawsAboveOne(ScheduleLaws):
    specimen = polynomial(0.1, 20, power=2.5)
    end = 20


def test_it_is_torch_polynomial_lr():
    cases = schedule_cases("PolynomialLR")
    with x64():
        for case, rates in (("default", polynomial(0.1, 5, power=1.0)), ("p2", polynomial(0.3, 100, power=2.0))):
            np.testing.assert_allclose(rates(np.arange(len(cases[case]["lrs"]))), cases[case]["lrs"], atol=1e-12)


def test_it_is_optax_polynomial_schedule():
    steps = np.arange(30)
    theirs = optax.polynomial_schedule(0.1, 0.01, 3.0, 20)(steps)
    np.testing.assert_allclose(polynomial(0.1, 20, power=3.0, floor=0.01)(steps), theirs, rtol=1e-6)


def test_a_power_of_zero_is_refused():
    with pytest.raises(ValueError, match="polynomial: power must be finite and > 0, got 0"):
        polynomial(0.1, 10, power=0)
