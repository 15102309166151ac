"""Tests of PyTorch's SGD and ASGD."""

import jax.numpy as jnp
import numpy as np
import pytest
from golden_values import optimizer_cases
from laws import ValueLaws
from torch_peer import TorchLaws, assert_golden, golden
from trajectories import START, noisy, trajectory

from lropt_jax.compat.torch import ASGD, SGD, LinearLR
from lropt_jax.optimizers import sgd
from lropt_jax.schedules import linear
from lropt_jax.wrappers import averaged


class TestLawsOfSGD(TorchLaws):
    specimen = SGD(0.1, momentum=0.9, dampening=0.5, maximize=True)


class TestValueOfASGD(ValueLaws):
    specimen = ASGD(linear(0.1, 10), lambd=0.01, t0=5.0, weight_decay=0.1)


@golden("SGD")
def test_it_is_torch_sgd(case):
    assert_golden(SGD, case)


def test_a_scheduled_rate_multiplies_the_whole_momentum_as_in_torch():
    assert_golden(SGD, optimizer_cases("with_schedule")["SGD_momentum"])


@golden("ASGD")
def test_it_is_torch_asgd_and_so_is_its_average(case):
    states = assert_golden(ASGD, case, atol=2e-8)  # PyTorch keeps the rate in float32
    averages = [extra["ax"]["x"] for extra in case["extra"]]
    np.testing.assert_allclose(averaged(states), averages, rtol=0, atol=2e-8)


def test_a_schedule_acts_one_step_late_in_asgd():
    tx, x = ASGD(linear(0.1, 4), lambd=0.0), START
    ours = trajectory(tx, START, lambda x, step: np.ones(4), 5)
    np.testing.assert_allclose(START - ours[:, :], np.cumsum([0, 0.1, 0.1, 0.075, 0.05, 0.025])[:, None] + 0 * x)


def test_the_average_follows_the_parameters_until_t0_and_is_a_mean_afterwards():
    tx = ASGD(0.1, lambd=0.0, t0=3.0)
    params = jnp.asarray(START, jnp.float32)
    state, path = tx.init(params), []
    assert np.array_equal(averaged(state), params)
    for step in range(10):
        updates, state = tx.update(jnp.asarray(noisy(np.asarray(params), step), jnp.float32), state, params)
        params = params + updates
        path.append(params)
        if step <= 3:
            np.testing.assert_allclose(averaged(state), params, rtol=1e-6)
    np.testing.assert_allclose(averaged(state), np.mean(path[4:], axis=0), rtol=1e-5)


def test_no_momentum_costs_nothing_and_0_is_the_same_numbers():
    assert SGD(0.1).init(START).trace is None
    none, zero = (trajectory(SGD(0.1, momentum=momentum), START, noisy, 20) for momentum in (None, 0.0))
    np.testing.assert_array_equal(none, zero)


def test_schedules_of_every_library_are_rates():
    schedule = LinearLR(0.1, 0.5, total_iters=10)
    np.testing.assert_array_equal(
        trajectory(SGD(schedule), START, noisy, 20), trajectory(sgd(schedule), START, noisy, 20)
    )


def test_bad_arguments_are_refused():
    for call, message in {
        lambda: SGD(-0.1): "torch.SGD: lr must be finite and >= 0, got -0.1",
        lambda: SGD(0.1, momentum=1.0): r"torch.SGD: momentum must be in \[0, 1\), got 1.0",
        lambda: SGD(0.1, momentum=0.9, dampening=2.0): r"torch.SGD: dampening must be in \[0, 1\], got 2.0",
        lambda: SGD(0.1, weight_decay=-1.0): "torch.SGD: weight_decay must be finite and >= 0, got -1.0",
        lambda: SGD(0.1, nesterov=True): "torch.SGD: nesterov must be False without momentum, got True",
        lambda: SGD(0.1, 0.9, 0.5, nesterov=True): "torch.SGD: dampening must be 0, got 0.5",
        lambda: ASGD(0.1, t0=-1.0): "torch.ASGD: t0 must be finite and >= 0, got -1.0",
        lambda: ASGD(-0.1): "torch.ASGD: lr must be finite and >= 0, got -0.1",
        lambda: ASGD(0.1).update(START, ASGD(0.1).init(START)): "polyak_ruppert: update needs params; call tx.update",
    }.items():
        with pytest.raises(ValueError, match=message):
            call()
