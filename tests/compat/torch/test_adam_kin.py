"""Tests of PyTorch's relatives of Adam."""

import numpy as np
import pytest
from golden_values import optimizer_cases
from laws import ValueLaws
from torch_peer import assert_golden, golden
from trajectories import START, noisy, trajectory

from lropt_jax.compat.torch import Adamax, NAdam, RAdam
from lropt_jax.schedules import constant, linear


class TestValueOfNAdam(ValueLaws):
    specimen = NAdam(0.1, weight_decay=0.1, decoupled_weight_decay=True, maximize=True)


class TestValueOfRAdam(ValueLaws):
    specimen = RAdam(linear(0.1, 50), betas=(0.8, 0.9), weight_decay=0.1, maximize=True)


class TestValueOfAdamax(ValueLaws):
    specimen = Adamax(0.1, weight_decay=0.1)


@golden("NAdam")
def test_it_is_torch_nadam(case):
    assert_golden(NAdam, case)


def test_nadam_follows_a_schedule_as_in_torch():
    assert_golden(NAdam, optimizer_cases("with_schedule")["NAdam"])


@golden("RAdam")
def test_it_is_torch_radam(case):
    assert_golden(RAdam, case)


@golden("Adamax")
def test_it_is_torch_adamax(case):
    assert_golden(Adamax, case)


@pytest.mark.parametrize("factory", [NAdam, RAdam, Adamax])
def test_pairs_may_hold_schedules(factory):
    plain, scheduled = factory(0.1, betas=(0.9, 0.95)), factory(0.1, betas=(constant(0.9), constant(0.95)))
    np.testing.assert_allclose(trajectory(plain, START, noisy, 20), trajectory(scheduled, START, noisy, 20), atol=1e-12)


@pytest.mark.parametrize("factory", [NAdam, RAdam, Adamax])
def test_bad_arguments_are_refused(factory):
    with pytest.raises(ValueError, match=rf"^{factory.name}: betas must be in \[0, 1\), got 1.0"):
        factory(0.1, betas=(0.9, 1.0))
    with pytest.raises(ValueError, match=f"^{factory.name}: weight_decay must be finite and >= 0, got -1.0"):
        factory(0.1, weight_decay=-1.0)
