"""Tests of `sm3`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from golden_values import optimizer_cases
from laws import OptimizerLaws
from osc_peer import assert_osc
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import adagrad, sm3
from lropt_jax.schedules import linear

MATRIX = np.random.default_rng(0).normal(size=(3, 2, 4))


class TestLaws(OptimizerLaws):
    specimen = sm3(linear(0.1, 50), b1=0.8, eps=1e-4, weight_decay=0.05)


class TestLawsOfAnAverageWithoutMomentum(OptimizerLaws):
    specimen = sm3(0.1, b1=None, b2=0.95, eps_in_sqrt=True, eps=1e-6)


def test_it_is_the_paper():
    x, m, kept = MATRIX.copy(), np.zeros(MATRIX.shape), [np.zeros(size) for size in MATRIX.shape]
    for step in range(200):
        g, nu = noisy(x, step), np.empty(x.shape)
        for place in np.ndindex(*x.shape):
            nu[place] = min(kept[axis][index] for axis, index in enumerate(place)) + g[place] ** 2
        kept = [np.zeros(size) for size in x.shape]
        for place in np.ndindex(*x.shape):
            for axis, index in enumerate(place):
                kept[axis][index] = max(kept[axis][index], nu[place])
        steps = np.where(g == 0, 0, g / np.sqrt(np.where(nu > 0, nu, 1)))
        m = 0.9 * m + 0.1 * steps
        x = x - 0.1 * (m + 0.1 * x)
    path = trajectory(sm3(0.1, weight_decay=0.1), MATRIX, noisy, 200)
    np.testing.assert_allclose(path[-1], x, atol=1e-10)


def test_it_is_optax_sm3():
    for ours, theirs in (
        (sm3(0.1, eps=1e-8, eps_in_sqrt=True), optax.sm3(0.1)),
        (
            sm3(0.1, b1=0.5, b2=0.9, eps=1e-8, eps_in_sqrt=True),
            optax.chain(optax.scale_by_sm3(0.5, 0.9), optax.scale(-0.1)),
        ),
    ):
        for start in (MATRIX, START):
            pair = [trajectory(tx, start, noisy, 50) for tx in (ours, theirs)]
            np.testing.assert_allclose(*pair, atol=1e-12)


def test_of_vectors_it_is_adagrad():
    pair = [trajectory(tx, START, noisy, 50) for tx in (sm3(0.1, b1=None), adagrad(0.1, eps=0.0))]
    np.testing.assert_allclose(*pair, atol=1e-12)


def test_its_bound_is_never_below_the_sum_of_squares():
    tx, x, sums = sm3(0.1), jnp.zeros((3, 4)), 0.0
    state = tx.init(x)
    for step in range(20):
        g = jnp.asarray(np.random.default_rng(step).normal(size=(3, 4)), jnp.float32)
        _, state = tx.update(g, state)
        sums = sums + np.asarray(g) ** 2
        assert np.all(np.minimum(*state.nu) >= sums * (1 - 1e-6))


def test_its_memory_is_that_of_a_row_and_a_column():
    params = {
        "matrix": jnp.zeros((30, 50)),
        "cube": jnp.zeros((2, 3, 4)),
        "vector": jnp.zeros(7),
        "number": jnp.zeros(()),
    }
    state = jax.eval_shape(sm3(0.1, b1=None).init, params)
    assert sum(leaf.size for leaf in jax.tree.leaves(state.nu)) == 80 + 9 + 7 + 1
    assert state.mu is None


def test_it_is_pytorch_optimizers_sm3():
    cases = optimizer_cases("SM3", "pytorch_optimizer")
    assert_osc(sm3(0.1, b1=None), cases["default"])
    assert_osc(sm3(0.1), cases["momentum"])


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="sm3: b2 must be in \\[0, 1\\), got 1"):
        sm3(0.1, b2=1)
