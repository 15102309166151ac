"""Tests of `laprop`."""

import jax.numpy as jnp
import numpy as np
import pytest
from golden_values import optimizer_cases
from laws import OptimizerLaws
from osc_peer import assert_osc
from trajectories import START, noisy, trajectory

from lropt_jax.diagnostics import limit, scale_of
from lropt_jax.optimizers import adam, decay, laprop
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = laprop(linear(0.1, 50), b1=0.8, b2=0.95, eps=1e-4, weight_decay=0.05)


def test_it_is_the_paper():
    x, mu, nu = START.copy(), np.zeros(4), np.zeros(4)
    for t in range(1, 201):
        g = noisy(x, t - 1)
        nu = 0.99 * nu + 0.01 * g**2
        mu = 0.9 * mu + 0.1 * g / (np.sqrt(nu / (1 - 0.99**t)) + 1e-15)
        x = x - 0.05 * (mu / (1 - 0.9**t) + 0.1 * x)
    tx = laprop(0.05, b2=0.99, weight_decay=0.1)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], x, atol=1e-10)


def test_it_is_the_authors_program_at_a_steady_rate():
    """The program gathers rates as it gathers steps, and decays after the step, by a share that no rate multiplies."""
    x, mu, nu, rates, weight = START.copy(), np.zeros(4), np.zeros(4), 0.0, 0.0
    for step in range(200):
        g = noisy(x, step)
        nu, weight, rates = 0.999 * nu + 0.001 * g**2, 0.999 * weight + 0.001, 0.9 * rates + 0.1 * 0.05
        mu = 0.9 * mu + 0.1 * 0.05 * g / (np.sqrt(nu / weight) + 1e-15)
        x = x - mu / (rates / 0.05)
        if step == 0:
            first = x
        x = x - 1e-3 * x
    tx = laprop(0.05, weight_decay=decay(1e-3, goes_with="nothing"))
    path = trajectory(tx, START, noisy, 200)
    np.testing.assert_allclose(path[1], first - 1e-3 * START, atol=1e-12)
    np.testing.assert_allclose(path[-1], x, atol=1e-3)  # it decays after the step, we beside it


def test_without_momentum_it_is_adam_without_momentum():
    ours, theirs = laprop(0.05, b1=0.0, eps=1e-8), adam(0.05, b1=0.0)
    np.testing.assert_allclose(trajectory(ours, START, noisy, 50), trajectory(theirs, START, noisy, 50), atol=1e-12)


def test_no_step_is_longer_than_its_bound_with_a_memory_of_squares_shorter_than_that_of_steps():
    rng = np.random.default_rng(0)

    def heavy(x, step):
        return rng.standard_t(1, size=4) * 10.0 ** (-(step % 10))

    def longest(tx):
        return np.abs(np.diff(trajectory(tx, START, heavy, 300), axis=0)).max()

    assert longest(laprop(0.1, b1=0.99, b2=0.5)) <= 0.1 / np.sqrt(1 - 0.5) + 1e-9
    assert longest(adam(0.1, b1=0.99, b2=0.5)) > 1.0


def test_it_ignores_the_scale_of_the_gradients():
    one = trajectory(laprop(0.1), START, noisy, 20)
    two = trajectory(laprop(0.1), START, lambda x, step: 1e-6 * noisy(x, step), 20)
    np.testing.assert_allclose(one, two, atol=1e-7)


def test_it_bears_as_much_curvature_as_adam():
    """With a steady second moment, `rate * curvature` in its scale may be 38, once the average is full."""
    tx, grads = laprop(1.0, b2=1 - 1e-7), jnp.ones(1)
    _, state = tx.update(grads, tx.init(jnp.zeros(1)))
    np.testing.assert_allclose(scale_of(tx, state, grads), 1, rtol=1e-5)
    np.testing.assert_allclose(limit(tx), limit(adam(1.0)))

    def growth(curvature):
        path = trajectory(laprop(1.0, b2=1 - 1e-12, eps=1.0), np.array([1e-90]), lambda x, step: curvature * x, 300)
        return np.abs(path[-20:]).max() / np.abs(path[100:120]).max()

    assert growth(37.0) < 1
    assert growth(39.0) > 1


def test_it_is_pytorch_optimizers_laprop():
    cases = optimizer_cases("LaProp", "pytorch_optimizer")
    assert_osc(laprop(0.05), cases["default"])
    assert_osc(laprop(0.05, b1=0.8, b2=0.95), cases["betas"])


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="laprop: b2 must be in \\[0, 1\\), got 1.0"):
        laprop(0.1, b2=1.0)
