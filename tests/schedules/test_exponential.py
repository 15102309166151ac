"""Tests of `exponential`."""

import numpy as np
import optax
import pytest
from golden_values import schedule_cases
from laws import ScheduleLaws, x64

from lropt_jax.schedules import exponential


class TestLaws(ScheduleLaws):
    specimen = exponential(0.1, 20, decay=0.3, floor=0.01)


class TestLawsOfGrowth(ScheduleLaws):
    specimen = exponential(1e-6, 500, decay=1.5)


@pytest.mark.parametrize(("name", "peak"), [("0.9", 0.1), ("grow", 1e-6)])
def test_it_is_torch_exponential_lr(name, peak):
    case = schedule_cases("ExponentialLR")[name]
    with x64():
        rates = exponential(peak, 1, decay=case["params"]["gamma"])(np.arange(len(case["lrs"])))
        np.testing.assert_allclose(rates, case["lrs"], atol=1e-12)


def test_it_is_optax_exponential_decay():
    steps = np.arange(60)
    theirs = optax.exponential_decay(0.1, 20, 0.3, end_value=0.01)(steps)
    np.testing.assert_allclose(exponential(0.1, 20, decay=0.3, floor=0.01)(steps), theirs, rtol=1e-6)


def test_a_decay_of_zero_is_refused():
    with pytest.raises(ValueError, match="exponential: decay must be finite and > 0, got 0"):
        exponential(0.1, 10, decay=0)
