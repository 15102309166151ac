"""Tests of `sgd`."""

import numpy as np
import optax
import pytest
from golden_values import optimizer_cases
from golden_values import trajectory as golden
from laws import OptimizerLaws
from osc_peer import assert_osc
from trajectories import START, as_schedule, golden_trajectory, noisy, trajectory

from lropt_jax.optimizers import decay, sgd
from lropt_jax.schedules import linear, piecewise


class TestLaws(OptimizerLaws):
    specimen = sgd(0.1)


class TestLawsWithMomentum(OptimizerLaws):
    specimen = sgd(0.1, momentum=0.9, weight_decay=0.01)


class TestLawsOfTheMovingAverage(OptimizerLaws):
    specimen = sgd(0.1, momentum=0.9, dampening=0.9, weight_decay=decay(0.01, goes_with="gradients"))


class TestLawsWithNesterov(OptimizerLaws):
    specimen = sgd(linear(0.1, 50), momentum=0.9, nesterov=True)


@pytest.mark.parametrize(
    ("name", "tx"),
    [
        ("plain", sgd(0.05)),
        ("momentum", sgd(0.05, momentum=0.9)),
        ("dampening", sgd(0.05, momentum=0.8, dampening=piecewise((0.0, 0.3), (1,)))),
        ("nesterov", sgd(0.05, momentum=0.9, nesterov=True)),
        ("l2", sgd(0.05, momentum=0.9, weight_decay=decay(0.1, goes_with="gradients"))),
        ("nesterov_l2", sgd(0.03, momentum=0.7, nesterov=True, weight_decay=decay(0.05, goes_with="gradients"))),
    ],
)
def test_it_is_torch_sgd(name, tx):
    case = optimizer_cases("SGD")[name]
    np.testing.assert_allclose(golden_trajectory(tx, case), golden(case), atol=1e-9)


def test_a_scheduled_rate_multiplies_the_whole_momentum_as_in_torch():
    case = optimizer_cases("with_schedule")["SGD_momentum"]
    lrs = np.array(case["lrs"])
    tx = sgd(as_schedule(lrs), momentum=0.9)
    np.testing.assert_allclose(golden_trajectory(tx, case), golden(case), atol=1e-9)


@pytest.mark.parametrize("nesterov", [False, True])
def test_it_is_optax_sgd(nesterov):
    ours = trajectory(sgd(0.1, momentum=0.9, nesterov=nesterov), START, noisy, 50)
    theirs = trajectory(optax.sgd(0.1, momentum=0.9, nesterov=nesterov), START, noisy, 50)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_it_is_the_paper():
    x, m, rate, decay = START.copy(), np.zeros(4), linear(0.1, 200), 0.02
    for step in range(200):
        m = 0.9 * m + noisy(x, step)
        x = x - 0.1 * (1 - step / 200) * (m + decay * x)
    ours = trajectory(sgd(rate, momentum=0.9, weight_decay=decay), START, noisy, 200)
    np.testing.assert_allclose(ours[-1], x, atol=1e-10)


@pytest.mark.parametrize("nesterov", [False, True])
def test_dampened_by_its_momentum_it_is_the_moving_average_of_optax(nesterov):
    theirs = optax.chain(optax.ema(0.9, debias=False), optax.scale(-0.1))
    if nesterov:
        ema = optax.ema(0.9, debias=False)
        theirs = optax.GradientTransformation(
            ema.init, lambda g, s, p=None: ((m := ema.update(g, s))[0] * -0.1 * 0.9 - 0.1 * 0.1 * g, m[1])
        )
    ours = trajectory(sgd(0.1, momentum=0.9, dampening=0.9, nesterov=nesterov), START, noisy, 50)
    np.testing.assert_allclose(ours, trajectory(theirs, START, noisy, 50), atol=1e-12)


def test_weight_decay_takes_a_schedule():
    ours = trajectory(sgd(0.1, weight_decay=linear(0.5, 10)), START, lambda x, step: 0 * x, 20)
    shrink = np.prod([1 - 0.1 * 0.5 * (1 - min(step / 10, 1)) for step in range(20)])
    np.testing.assert_allclose(ours[-1], START * shrink, atol=1e-12)


@pytest.mark.slow
def test_the_stable_rates_end_where_theory_says():
    bowl = lambda x, step: 4.0 * x  # noqa: E731
    for momentum, limit in ((None, 2 / 4), (0.9, 2 * 1.9 / 4)):
        inside = trajectory(sgd(limit - 1e-3, momentum=momentum), START, bowl, 4000)[-1]
        outside = trajectory(sgd(limit + 1e-3, momentum=momentum), START, bowl, 4000)[-1]
        assert np.max(np.abs(inside)) < 1e-2
        assert np.max(np.abs(outside)) > 1e2


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="sgd: momentum must be in \\[0, 1\\), got 1.0"):
        sgd(0.1, momentum=1.0)
    with pytest.raises(ValueError, match="sgd: nesterov must be False without momentum, got True; give momentum"):
        sgd(0.1, nesterov=True)
    with pytest.raises(ValueError, match="sgd: dampening must be None without momentum, got 0.5; give momentum"):
        sgd(0.1, dampening=0.5)
    with pytest.raises(TypeError, match="sgd: learning_rate must be a number or a schedule, got 'high'"):
        sgd("high")
    tx = sgd(0.1, weight_decay=0.1)
    with pytest.raises(ValueError, match="sgd: update needs params for weight_decay; call tx.update"):
        tx.update(START, tx.init(START))


def test_with_a_share_it_is_the_paper_of_quasi_hyperbolic_momentum():
    x, m = START.copy(), np.zeros(4)
    for step in range(200):
        g = noisy(x, step)
        m = 0.99 * m + 0.01 * g
        x = x - 0.1 * (0.3 * g + 0.7 * m)
    path = trajectory(sgd(0.1, momentum=0.99, dampening=0.99, nu=0.7), START, noisy, 200)
    np.testing.assert_allclose(path[-1], x, atol=1e-10)


def test_the_share_leads_from_plain_steps_over_nesterovs_to_momentum():
    for share, other in (
        (0.0, sgd(0.1)),
        (0.9, sgd(0.1, momentum=0.9, dampening=0.9, nesterov=True)),
        (1.0, sgd(0.1, momentum=0.9, dampening=0.9)),
    ):
        path = trajectory(sgd(0.1, momentum=0.9, dampening=0.9, nu=share), START, noisy, 30)
        np.testing.assert_allclose(path, trajectory(other, START, noisy, 30), atol=1e-12)


def test_a_share_without_momentum_or_beside_nesterovs_is_refused():
    with pytest.raises(ValueError, match="sgd: nu must be None without momentum, got 0.5; give momentum"):
        sgd(0.1, nu=0.5)
    with pytest.raises(ValueError, match="sgd: nu must be None with nesterov, got 0.5; nu=momentum"):
        sgd(0.1, momentum=0.9, nesterov=True, nu=0.5)


def test_with_a_share_it_is_pytorch_optimizers_qhm():
    case = optimizer_cases("QHM", "pytorch_optimizer")["nu"]
    assert_osc(sgd(0.05, momentum=0.99, dampening=0.99, nu=0.7), case)
