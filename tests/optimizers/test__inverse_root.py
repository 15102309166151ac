"""Tests of `_inverse_root`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax.optimizers._inverse_root import inverse_root, largest_eigenvalue


def spread(count, size, seed=0):
    """Factors whose eigenvalues span many orders of magnitude."""
    random = np.random.default_rng(seed)
    roots = random.normal(size=(count, size, size)) * np.exp(3 * random.normal(size=(count, 1, size)))
    return np.einsum("sij,skj->sik", roots, roots)


def exact(matrices, power, eps):
    sizes, vectors = np.linalg.eigh(matrices)
    roots = (np.maximum(sizes, 0) + eps * sizes[:, -1:]) ** (-1 / power)
    return np.einsum("sij,sj,skj->sik", vectors, roots, vectors)


@pytest.mark.parametrize("power", [2, 4, 6])
def test_no_root_fails_and_each_is_right_to_what_float32_knows(power):
    """The smallest eigenvalues, a millionth of the largest, are known to a few percent in float32."""
    matrices = spread(200, 4)
    found, residual = inverse_root(jnp.asarray(matrices, jnp.float32), jnp.zeros((200, 4, 4)), jnp.float32(1e-6), power)
    assert np.max(residual) < 1e-5
    right = exact(matrices, power, 1e-6)
    assert np.max(np.abs(found - right)) < 0.05 * np.max(np.abs(right))
    assert np.all(np.abs(found - right).max((1, 2)) < 0.05 * np.abs(right).max((1, 2)))


def test_in_float64_it_is_as_exact_as_the_largest_eigenvalue_and_its_slope_too():
    with x64():
        matrix, change = jnp.asarray(spread(1, 4, seed=1)), jnp.asarray(0.01 * spread(1, 4, seed=2))
        root = lambda at: inverse_root(matrix + at * change, 0 * matrix, jnp.asarray(1e-3), 4)[0]  # noqa: E731
        right = exact(np.asarray(matrix), 4, 1e-3)
        np.testing.assert_allclose(root(0.0), right, rtol=0, atol=1e-4 * np.abs(right).max())
        slope = (root(1e-4) - root(-1e-4)) / 2e-4
        np.testing.assert_allclose(jax.jacfwd(root)(0.0), slope, atol=2e-3 * float(jnp.max(jnp.abs(slope))))


def test_what_has_no_root_stays_as_it_is():
    bad = jnp.stack([jnp.zeros((2, 2)), jnp.full((2, 2), jnp.nan), jnp.full((2, 2), jnp.inf)])
    found, residual = inverse_root(bad, jnp.full((3, 2, 2), 7.0), jnp.float32(1e-6), 4)
    np.testing.assert_array_equal(found, np.full((3, 2, 2), 7.0))
    assert np.all(np.isinf(residual[1:]))


def test_it_finds_the_largest_eigenvalue():
    matrices = spread(20, 5)
    ours = largest_eigenvalue(jnp.asarray(matrices, jnp.float32))[:, 0, 0]
    np.testing.assert_allclose(ours, np.linalg.eigvalsh(matrices)[:, -1], rtol=1e-3)
