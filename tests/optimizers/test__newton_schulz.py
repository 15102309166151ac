"""Tests of Newton-Schulz iterations."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax.optimizers._newton_schulz import QUINTIC, orthogonalized

EPS = jnp.float32(1e-7)
SHAPES = [(4, 4), (7, 3), (3, 7), (5, 1), (1, 5)]


def normal(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_singular_values_follow_the_polynomial_and_vectors_stay(shape):
    matrix = normal(shape)
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    moved = values / np.linalg.norm(values)
    for a, b, c in QUINTIC:
        moved = a * moved + b * moved**3 + c * moved**5
    with x64():
        ours = orthogonalized(jnp.asarray(matrix), QUINTIC, jnp.float64(0))
    np.testing.assert_allclose(ours, left * moved @ right, atol=1e-13)


def test_five_quintic_steps_bring_values_above_a_600th_of_the_norm_near_1():
    values = np.linspace(1 / 600, 1, 100_000)
    for a, b, c in QUINTIC:
        values = a * values + b * values**3 + c * values**5
    assert np.min(values) > 0.68
    assert np.max(values) < 1.21


def test_more_steps_of_the_convergent_cubic_give_the_polar_factor():
    matrix, cubic = normal((4, 6)), ((1.5, -0.5, 0.0),) * 40
    left, _, right = np.linalg.svd(matrix, full_matrices=False)
    with x64():
        ours = orthogonalized(jnp.asarray(matrix), cubic, jnp.float64(0))
    np.testing.assert_allclose(ours, left @ right, atol=1e-12)


def test_a_stack_is_its_matrices_one_by_one():
    stack = jnp.asarray(normal((2, 3, 5, 4)), jnp.float32)
    alone = jax.vmap(jax.vmap(lambda m: orthogonalized(m, QUINTIC, EPS)))(stack)
    np.testing.assert_allclose(orthogonalized(stack, QUINTIC, EPS), alone, atol=1e-5)


@pytest.mark.parametrize("eps", [0.0, 1e-7])
@pytest.mark.parametrize("dtype", [None, "bfloat16"])
def test_zeros_stay_zeros_with_finite_slopes(eps, dtype):
    zeros = jnp.zeros((2, 3))
    ours, slopes = jax.value_and_grad(lambda m: jnp.sum(orthogonalized(m, QUINTIC, jnp.float32(eps), dtype)))(zeros)
    assert ours == 0
    assert np.all(np.isfinite(slopes))


def test_bf16_iterations_are_near_and_come_back_in_the_matrix_dtype():
    matrix = jnp.asarray(normal((6, 4)), jnp.float32)
    rough, fine = (orthogonalized(matrix, QUINTIC, EPS, dtype) for dtype in ("bfloat16", None))
    assert rough.dtype == jnp.float32
    assert 1e-4 < np.max(np.abs(rough - fine)) < 0.1


def test_complex_matrices_keep_their_phases():
    matrix = jnp.asarray(normal((3, 4)) + 1j * normal((3, 4), 1), jnp.complex64)
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    moved = values / np.linalg.norm(values)
    for a, b, c in QUINTIC:
        moved = a * moved + b * moved**3 + c * moved**5
    np.testing.assert_allclose(orthogonalized(matrix, QUINTIC, EPS), left * moved @ right, atol=1e-4)
