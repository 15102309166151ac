"""Inverse roots of positive definite matrices by a coupled Newton iteration: products of matrices alone."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.layout import as_cut, whole
from lropt_jax.optimizers._axes import product, scaled

MOST_STEPS = 100
FAILED = 0.1  # the residual from which a root counts as failed


@functools.partial(jax.jit, static_argnames="power")
def inverse_root(matrix: jax.Array, otherwise: jax.Array, eps: jax.Array, power: int) -> tuple[jax.Array, jax.Array]:
    """`(a + eps * top * 1)^(-1 / power)` of each Hermitian matrix `a` >= 0, `top` its largest eigenvalue; the residual.

    The last two axes are those of the matrix; the residual has the shape (...). Where it is not below 0.1, as with what
    is 0 or not finite, the root is what it is otherwise. The dtype is that of the matrix, float32 or wider.
    """
    sized, unit, fine = scaled(whole(matrix, *range(matrix.ndim - 2)))
    top, eye = largest_eigenvalue(sized), jnp.eye(sized.shape[-1], dtype=sized.dtype)
    fine = fine & (top > 0)
    damped = sized + (eps.astype(top.dtype) * top).astype(sized.dtype) * eye
    root, residual = _root(jnp.where(fine, damped, eye), power)
    root = root * (unit ** (1 / power)).astype(root.dtype)  # the unit is a power of two: `a` was multiplied by it
    good = fine & (residual < FAILED)
    return jnp.where(good, as_cut(root, otherwise), otherwise), jnp.where(fine, residual, jnp.inf)[..., 0, 0]


def largest_eigenvalue(matrix: jax.Array) -> jax.Array:
    """The largest eigenvalue of each Hermitian matrix >= 0, (..., 1, 1), by power iteration."""
    fixed, kind = jax.lax.stop_gradient(matrix), jnp.finfo(matrix.dtype)
    start = jnp.asarray(np.random.default_rng(0).uniform(-1, 1, (matrix.shape[-1], 1)), matrix.dtype)
    start = jnp.zeros_like(fixed[..., :1]) + start  # cut along the stack as the matrices are

    def unfinished(state: Any) -> jax.Array:
        return (state[0] < MOST_STEPS) & jnp.any(state[3])

    def step(state: Any) -> Any:
        made, vector, before, _ = state
        moved = product(fixed, vector)
        size = jnp.sqrt(jnp.sum(jnp.square(jnp.abs(moved)), (-2, -1), keepdims=True))
        return (
            made + 1,
            moved / jnp.where(size > 0, size, 1).astype(moved.dtype),
            size,
            size > (1 + 8 * kind.eps) * before,
        )

    first = jnp.zeros_like(jnp.real(fixed[..., :1, :1]))
    _, vector, _, _ = jax.lax.while_loop(unfinished, step, (0, start, first, first == 0))
    return jnp.real(jnp.sum(jnp.conj(vector) * product(matrix, vector), (-2, -1), keepdims=True))


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def _root(matrix: jax.Array, power: int) -> tuple[jax.Array, jax.Array]:
    """`a^(-1 / power)` and the residual, the largest entry of `|x - 1|`, (..., 1, 1).

    From `x = z a`, `h = z^(1 / power)` with `z = (1 + power) / (2 |a|)`, it does `t = 1 + (1 - x) / power`,
    `x <- t^power x`, `h <- h t`, until `x` is 1 or comes no nearer (Higham 2008, Functions of Matrices, 7.18).
    """
    kind, eye = jnp.finfo(matrix.dtype), jnp.eye(matrix.shape[-1], dtype=matrix.dtype)
    size = jnp.sqrt(jnp.sum(jnp.square(jnp.abs(matrix)), (-2, -1), keepdims=True))
    z = (1 + power) / (2 * size)

    def off(x: jax.Array) -> jax.Array:
        return jnp.max(jnp.abs(x - eye), (-2, -1), keepdims=True)

    def unfinished(state: Any) -> jax.Array:
        return (state[0] < MOST_STEPS) & jnp.any(state[4])

    def step(state: Any) -> Any:
        made, x, h, error, goes_on = state
        t = ((1 + 1 / power) * eye - x / power).astype(x.dtype)
        moved = product(_raised(t, power), x)
        moved = (moved + jnp.conj(jnp.swapaxes(moved, -2, -1))) / 2
        after, near = off(moved), error < 0.01  # from there on it converges quadratically; before, it may rise a little
        taken = goes_on & (after < jnp.where(near, 1.0, 2.0).astype(error.dtype) * error)
        goes_on = taken & (after > 8 * kind.eps) & (~near | (after < error / 2))
        kept = ((moved, x), (product(h, t), h), (after, error))
        return made + 1, *(jnp.where(taken, new, old) for new, old in kept), goes_on

    x, h = matrix * z.astype(matrix.dtype), eye * (z ** (1 / power)).astype(matrix.dtype)
    error = off(x)
    _, _, h, error, _ = jax.lax.while_loop(unfinished, step, (0, x, h, error, error > 8 * kind.eps))
    return h, error


@_root.defjvp
def _(power: int, primals: tuple, tangents: tuple) -> tuple:
    """How the root of a matrix changes with it: in its eigenvectors, by divided differences of the root."""
    (matrix,), (change,) = primals, tangents
    root, residual = _root(matrix, power)
    sizes, vectors = jnp.linalg.eigh(matrix)
    sizes = jnp.maximum(sizes, jnp.finfo(sizes.dtype).eps * jnp.max(sizes, -1, keepdims=True))
    left, right = sizes[..., :, None], sizes[..., None, :]
    apart = jnp.abs(left - right) > 1e-3 * (left + right)
    quotient = (left ** (-1 / power) - right ** (-1 / power)) / jnp.where(apart, left - right, 1)
    slope = -(((left + right) / 2) ** (-1 / power - 1)) / power
    turned = product(product(jnp.conj(jnp.swapaxes(vectors, -2, -1)), change), vectors)
    turned = jnp.where(apart, quotient, slope).astype(turned.dtype) * turned
    moved = product(product(vectors, turned), jnp.conj(jnp.swapaxes(vectors, -2, -1)))
    return (root, residual), (moved, jnp.zeros_like(residual))


def _raised(matrix: jax.Array, power: int) -> jax.Array:
    """A power of a matrix, by squaring."""
    if power == 1:
        return matrix
    half = _raised(matrix, power // 2)
    square = product(half, half)
    return product(square, matrix) if power % 2 else square
