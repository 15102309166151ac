"""Tests of PyTorch's optimizers that divide by the size of the gradients, and of Rprop."""

import numpy as np
import pytest
from golden_values import optimizer_cases
from laws import ValueLaws
from torch_peer import assert_golden, golden
from trajectories import START, trajectory

from lropt_jax.compat.torch import Adadelta, Adagrad, RMSprop, Rprop
from lropt_jax.schedules import linear


class TestValueOfAdagrad(ValueLaws):
    specimen = Adagrad(linear(0.1, 10), lr_decay=0.1, weight_decay=0.1, maximize=True)


class TestValueOfAdadelta(ValueLaws):
    specimen = Adadelta(weight_decay=0.1)


class TestValueOfRMSprop(ValueLaws):
    specimen = RMSprop(0.1, momentum=0.5, centered=True)


class TestValueOfRprop(ValueLaws):
    specimen = Rprop(0.1, step_sizes=(0.2, 0.5))


@golden("Adagrad")
def test_it_is_torch_adagrad(case):
    assert_golden(Adagrad, case)


@golden("Adadelta")
def test_it_is_torch_adadelta(case):
    assert_golden(Adadelta, case)


@pytest.mark.parametrize("rho", [0.9, 0.5])
def test_the_first_update_of_adadelta_is_that_of_its_docstring(rho):
    path = trajectory(Adadelta(0.5, rho=rho), START, lambda x, step: np.array([1.0, -10.0, 1e3, 7.0]), 1)
    np.testing.assert_allclose(np.abs(path[1] - path[0]), 0.5 * np.sqrt(1e-6 / (1 - rho)), rtol=1e-4)


@golden("RMSprop")
def test_it_is_torch_rmsprop(case):
    assert_golden(RMSprop, case)


def test_a_scheduled_rate_multiplies_the_whole_momentum_of_rmsprop_as_in_torch():
    assert_golden(RMSprop, optimizer_cases("with_schedule")["RMSprop_momentum"])


@golden("Rprop")
def test_it_is_torch_rprop(case):
    assert_golden(Rprop, case)


def test_the_first_step_of_rprop_is_brought_between_its_limits():
    for limits, first in (((0.2, 50.0), 0.2), ((0.0, 0.05), 0.05)):
        path = trajectory(Rprop(0.1, step_sizes=limits), START, lambda x, step: np.ones(4), 1)
        np.testing.assert_allclose(path[0] - path[1], first, rtol=1e-12)


def test_bad_arguments_are_refused():
    for call, message in {
        lambda: Adagrad(0.1, lr_decay=-1.0): "torch.Adagrad: lr_decay must be finite and >= 0, got -1.0",
        lambda: Adagrad(-0.1): "torch.Adagrad: lr must be finite and >= 0, got -0.1",
        lambda: Adadelta(rho=1.0): r"torch.Adadelta: rho must be in \[0, 1\), got 1.0",
        lambda: RMSprop(0.1, alpha=1.0): r"torch.RMSprop: alpha must be in \[0, 1\), got 1.0",
        lambda: RMSprop(0.1, momentum=1.0): r"torch.RMSprop: momentum must be in \[0, 1\), got 1.0",
        lambda: Rprop(0.0): "torch.Rprop: lr must be finite and > 0, got 0.0",
        lambda: Rprop(0.1, etas=(1.2, 0.5)): r"torch.Rprop: etas must be in \(0, 1\), got 1.2",
        lambda: Rprop(0.1, etas=(0.5, 1.0)): "torch.Rprop: etas must be finite and > 1, got 1.0",
        lambda: Rprop(0.1, step_sizes=(1.0, 0.5)): "step_sizes must be finite and >= the smallest, 1.0, got 0.5",
    }.items():
        with pytest.raises(ValueError, match=message):
            call()
    with pytest.raises(TypeError, match="torch.Rprop: lr must be a number, got linear"):
        Rprop(linear(0.1, 10))
