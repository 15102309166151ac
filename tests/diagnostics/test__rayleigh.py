"""Tests of the iteration behind the sharpness: how many products it needs, against Lanczos."""

import functools

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax.diagnostics._rayleigh import dot, largest, unit

RNG = np.random.default_rng(3)
ROTATION, _ = np.linalg.qr(RNG.normal(size=(80, 80)))
MATRIX = (ROTATION * np.concatenate([-np.geomspace(4, 0.1, 40), np.geomspace(0.01, 6, 40)])) @ ROTATION.T
START = RNG.normal(size=80)


def lanczos(steps):
    """The largest Ritz value of as many products, in float64 with full orthogonalisation."""
    basis = np.linalg.qr(np.stack([np.linalg.matrix_power(MATRIX, k) @ START for k in range(steps)], 1))[0]
    return np.linalg.eigvalsh(basis.T @ MATRIX @ basis).max()


def test_it_is_almost_as_fast_as_lanczos():
    @functools.partial(jax.jit, static_argnums=1)
    def found_in(start, steps):
        return largest(lambda x: jnp.asarray(MATRIX, jnp.float32) @ x, start, steps)[0]

    for steps in (4, 8, 12):
        found = found_in(jnp.asarray(START, jnp.float32), steps)
        assert found <= 6.0001
        assert found > lanczos(steps - 2) - 0.02
    assert found > 0.95 * 6


def test_an_eigenvector_stays_and_a_space_of_one_dimension_is_enough():
    found, vector, residual = largest(lambda x: -3.0 * x, jnp.array([2.0]), 10)
    assert (found, residual) == (-3, 0)
    np.testing.assert_array_equal(vector, [1.0])
    found, vector, residual = largest(lambda x: jnp.array([-1.0, -2.0]) * x, jnp.array([1.0, 1.0]), 10)
    np.testing.assert_allclose([found, residual], [-1, 0], atol=1e-4)


def test_products_are_of_trees_and_a_vector_of_zeros_stays():
    tree = {"a": jnp.array([1.0, 2.0]), "b": jnp.array(1j)}
    assert dot(tree, tree) == 6
    np.testing.assert_allclose(dot(unit(tree), unit(tree)), 1, rtol=1e-6)
    np.testing.assert_array_equal(unit(jnp.zeros(2)), jnp.zeros(2))
