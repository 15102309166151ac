"""Tests of `madgrad`."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import OptimizerLaws
from trajectories import START, as_schedule, noisy, trajectory

from lropt_jax.optimizers import decay, madgrad
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = madgrad(0.1)


class TestLawsWithoutMomentum(OptimizerLaws):
    specimen = madgrad(linear(0.1, 50), momentum=None, eps=0.0, weight=0.5, weight_decay=0.05)


def paper(rates, momentum, eps):
    """Parameters after each update of algorithm 1, which keeps where it began."""
    x, s, nu, path = START.copy(), np.zeros(4), np.zeros(4), [START]
    for k, rate in enumerate(rates):
        g, weight = noisy(x, k), rate * np.sqrt(k + 1)
        s, nu = s + weight * g, nu + weight * g**2
        size = np.cbrt(nu) + eps
        z = START - np.divide(s, size, where=size > 0, out=np.zeros(4))
        x = momentum * x + (1 - momentum) * z
        path.append(x)
    return np.array(path)


@pytest.mark.parametrize(("momentum", "given"), [(0.9, 0.9), (0.0, 0.0), (0.0, None)])
def test_it_is_the_paper_under_a_schedule_of_the_weight(momentum, given):
    rates = 0.05 * (1 - np.arange(200) / 200)
    tx = madgrad(1.0, momentum=given, eps=1e-3, weight=as_schedule(rates))
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200), paper(rates, momentum, 1e-3), atol=1e-10)


def test_it_is_the_paper_at_the_constant_rate_to_the_power_of_two_thirds():
    tx = madgrad(0.05 ** (2 / 3), eps=0.05 ** (-1 / 3) * 1e-3)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200), paper(np.full(200, 0.05), 0.9, 1e-3), atol=1e-10)


@pytest.mark.skipif(not hasattr(optax.contrib, "madgrad"), reason="this Optax has no madgrad")
def test_it_is_optax_madgrad_with_eps_in_the_weight():
    rates = 0.05 * (1 - np.arange(50) / 50)
    tx = madgrad(1.0, weight=as_schedule(rates + 1e-6), weight_decay=decay(0.1, goes_with="gradients"))
    ours = trajectory(tx, START, noisy, 50)
    theirs = trajectory(optax.contrib.madgrad(as_schedule(rates), weight_decay=0.1), START, noisy, 50)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-7)  # Optax takes the root of the step in float32


def test_where_the_rate_ends_at_0_the_parameters_stay():
    path = trajectory(madgrad(linear(0.1, 20)), START, noisy, 40)
    assert np.all(np.abs(path[20] - START) > 1e-2)
    np.testing.assert_array_equal(path[20], path[40])


def test_a_thousandfold_gradient_moves_ten_times_as_far():
    still = lambda x, step: np.array([1.0, -2.0, 0.5, 0.0]) * (step + 1)  # noqa: E731
    one = trajectory(madgrad(0.1, eps=0.0), START, still, 20) - START
    ten = trajectory(madgrad(0.1, eps=0.0), START, lambda x, step: 1000 * still(x, step), 20) - START
    np.testing.assert_allclose(10 * one, ten, atol=1e-10)


def test_without_momentum_it_is_that_of_0_without_the_memory_for_it():
    without, zero = (madgrad(0.1, momentum=momentum, eps=linear(1.0, 20)) for momentum in (None, 0.0))
    assert without.init(jnp.ones(2)).moved is None
    np.testing.assert_allclose(trajectory(without, START, noisy, 40), trajectory(zero, START, noisy, 40), atol=1e-12)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="madgrad: momentum must be in \\[0, 1\\), got 1.0"):
        madgrad(0.1, momentum=1.0)
    with pytest.raises(ValueError, match="madgrad: eps must be finite and >= 0, got -1"):
        madgrad(0.1, eps=-1)
    with pytest.raises(ValueError, match="madgrad: weight must be finite and >= 0, got -1"):
        madgrad(0.1, weight=-1)
