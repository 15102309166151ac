"""Tests of `lion`."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import OptimizerLaws
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import decay, lion
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = lion(0.1)


class TestLawsWithDecay(OptimizerLaws):
    specimen = lion(linear(0.1, 50), b1=0.8, b2=0.95, weight_decay=0.05)


def test_it_is_optax_lion():
    ours, theirs = lion(0.1, weight_decay=0.1), optax.lion(0.1, weight_decay=0.1)
    np.testing.assert_allclose(trajectory(ours, START, noisy, 100), trajectory(theirs, START, noisy, 100), atol=1e-12)


def test_it_is_the_paper():
    x, mu = START.copy(), np.zeros(4)
    for step in range(200):
        g = noisy(x, step)
        x = x - 0.01 * (np.sign(0.9 * mu + 0.1 * g) + 0.3 * x)
        mu = 0.99 * mu + 0.01 * g
    np.testing.assert_allclose(trajectory(lion(0.01, weight_decay=0.3), START, noisy, 200)[-1], x, atol=1e-10)


def test_it_ignores_the_scale_of_the_gradients():
    one = trajectory(lion(0.1), START, noisy, 20)
    two = trajectory(lion(0.1), START, lambda x, step: 1e-6 * noisy(x, step), 20)
    np.testing.assert_allclose(one, two, atol=1e-12)


def test_the_mask_says_what_decays():
    params, zeros = {"w": jnp.ones(2), "b": jnp.ones(2)}, {"w": jnp.zeros(2), "b": jnp.zeros(2)}
    tx = lion(0.1, weight_decay=decay(0.5, mask={"w": True, "b": False}))
    updates, _ = tx.update(zeros, tx.init(params), params)
    np.testing.assert_allclose(updates["w"], -0.05 * np.ones(2))
    np.testing.assert_array_equal(updates["b"], np.zeros(2))


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="lion: b1 must be in \\[0, 1\\), got 1.0"):
        lion(0.1, b1=1.0)
    with pytest.raises(ValueError, match="lion: weight_decay must be finite and >= 0, got -0.1"):
        lion(0.1, weight_decay=-0.1)
