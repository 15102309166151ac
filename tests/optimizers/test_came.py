"""Tests of `came`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from golden_values import optimizer_cases
from laws import OptimizerLaws
from osc_peer import assert_osc
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import adafactor, came
from lropt_jax.schedules import linear

MATRIX = np.random.default_rng(0).normal(size=(2, 3, 4))


class TestLaws(OptimizerLaws):
    shaping = ("min_dim_size_to_factor",)
    specimen = came(linear(0.1, 50), b1=0.8, b2=0.95, b3=0.97, eps=1e-8, weight_decay=0.05)


class TestLawsOfWholeArrays(OptimizerLaws):
    shaping = ("min_dim_size_to_factor",)
    specimen = came(0.1, b2=0.95, eps=1e-8, clip_threshold=None, min_dim_size_to_factor=100)


def rebuilt(row, col):
    """The array of which the means along the last two axes are these."""
    return row[..., :, None] * col[..., None, :] / row.mean(-1)[..., None, None]


def authors(x, gradient, steps, rate, decay):
    """The published program, for an array with rows and columns."""
    mu, means = np.zeros(x.shape), [np.zeros(x.shape[:-1]), np.zeros((*x.shape[:-2], x.shape[-1]))]
    apart = [0 * each for each in means]
    for step in range(steps):
        g = gradient(x, step)
        squares = g**2 + 1e-30
        means = [0.99 * kept + 0.01 * squares.mean(axis) for kept, axis in zip(means, (-1, -2), strict=True)]
        u = g / np.sqrt(rebuilt(*means))
        u = u / max(1.0, np.sqrt(np.mean(u**2)))
        mu = 0.9 * mu + 0.1 * u
        squares = (u - mu) ** 2 + 1e-16
        apart = [0.995 * kept + 0.005 * squares.mean(axis) for kept, axis in zip(apart, (-1, -2), strict=True)]
        x = (1 - rate * decay) * x - rate * mu / np.sqrt(rebuilt(*apart))
    return x


def test_it_is_the_paper_and_the_authors_program():
    tx = came(0.01, b2=0.99, b3=0.995, weight_decay=0.1)
    path = trajectory(tx, MATRIX, noisy, 200)
    np.testing.assert_allclose(path[-1], authors(MATRIX, noisy, 200, 0.01, 0.1), atol=1e-10)


def test_of_vectors_it_is_momentum_of_clipped_steps():
    x, mu, nu = START.copy(), np.zeros(4), np.zeros(4)
    for step in range(100):
        g = noisy(x, step)
        nu = 0.999 * nu + 0.001 * (g**2 + 1e-30)
        u = g / np.sqrt(nu)
        mu = 0.9 * mu + 0.1 * u / max(1, np.sqrt(np.mean(u**2)))
        x = x - 0.05 * mu
    np.testing.assert_allclose(trajectory(came(0.05), START, noisy, 100)[-1], x, atol=1e-10)


def test_the_first_step_of_a_matrix_is_as_long_as_the_docstring_says():
    tx, x = came(1.0), jnp.zeros((3, 4))
    updates, _ = tx.update(jnp.ones((3, 4)), tx.init(x))
    np.testing.assert_allclose(updates, -0.1 / (0.9 * 0.01), rtol=1e-4)


def test_its_memory_is_that_of_adafactor_with_momentum_and_a_row_and_a_column_more():
    params = {"matrix": jnp.zeros((30, 50)), "vector": jnp.zeros(7)}

    def kept(tx):
        return sum(leaf.size for leaf in jax.tree.leaves(jax.eval_shape(tx.init, params)))

    assert kept(came(0.1)) == kept(adafactor(0.1, b1=0.9, min_dim_size_to_factor=1)) + 30 + 50
    assert kept(came(0.1)) == 2 + 1507 + 7 + 2 * 80


def test_it_is_pytorch_optimizers_came():
    cases = optimizer_cases("CAME", "pytorch_optimizer")
    assert_osc(came(0.005), cases["default"])
    assert_osc(came(0.005, b1=0.8, b2=0.95, b3=0.99, clip_threshold=0.5, weight_decay=0.1), cases["betas_decay"])


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="came: b3 must be in \\[0, 1\\), got 1"):
        came(0.1, b3=1)
    with pytest.raises(ValueError, match="came: min_dim_size_to_factor must be a whole number >= 1, got 0"):
        came(0.1, min_dim_size_to_factor=0)
    with pytest.raises(ValueError, match="came: factored_axes must be one of longest, last, got 'first'"):
        came(0.1, factored_axes="first")
