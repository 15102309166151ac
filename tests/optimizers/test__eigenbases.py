"""Tests of `_eigenbases`."""

import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.optimizers._eigenbases import eigenbasis, power_step, sorted_along, turned, turned_back

RNG = np.random.default_rng(0)
ROOTS = RNG.normal(size=(2, 4, 4)).astype(np.float32)
FACTOR = jnp.asarray(ROOTS @ ROOTS.swapaxes(1, 2))
EYE = jnp.broadcast_to(jnp.eye(4), (2, 4, 4))


@pytest.mark.parametrize("size", [1.0, 1e30, 1e-30])
def test_power_steps_find_the_eigenvectors_whatever_their_size(size):
    basis, order = EYE, None
    for _ in range(60):
        basis, order = power_step(size * FACTOR, basis)
    np.testing.assert_allclose(jnp.abs(basis), jnp.abs(eigenbasis(size * FACTOR, EYE)), atol=1e-3)
    np.testing.assert_array_equal(order, [[0, 1, 2, 3]] * 2)


def test_the_largest_comes_first_and_what_belongs_to_it_moves_along():
    basis, order = power_step(jnp.diag(jnp.array([1.0, 3.0, 2.0])), jnp.eye(3))
    np.testing.assert_array_equal(order, [1, 2, 0])
    np.testing.assert_array_equal(jnp.abs(basis), jnp.eye(3)[:, order])
    np.testing.assert_array_equal(sorted_along(jnp.arange(6.0).reshape(3, 2), order, 2, 0)[:, 0], [2, 4, 0])


def test_what_is_not_finite_leaves_the_basis():
    bad = FACTOR.at[0, 0, 0].set(jnp.nan)
    found, order = power_step(bad, EYE)
    np.testing.assert_array_equal(found[0], EYE[0])
    np.testing.assert_array_equal(order[0], np.arange(4))
    np.testing.assert_array_equal(eigenbasis(bad, 7 * EYE)[0], 7 * EYE[0])
    assert np.any(found[1] != EYE[1])


def test_coordinates_go_there_and_back():
    leaf = jnp.asarray(RNG.normal(size=(2, 4, 3)), jnp.float32)
    bases = (eigenbasis(FACTOR, EYE), None)
    np.testing.assert_allclose(turned(leaf, bases), jnp.swapaxes(bases[0], 1, 2) @ leaf, atol=1e-5)
    np.testing.assert_allclose(turned_back(turned(leaf, bases), bases), leaf, atol=1e-5)
