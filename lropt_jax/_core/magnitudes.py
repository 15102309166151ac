"""Numbers whose squares leave their dtype: gradients are held, and lengths are measured in a unit that fits."""

import functools
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import promoted, root, square, square_root, wide
from lropt_jax._core.numbers import real


@jax.jit
def held(leaf: jax.Array) -> jax.Array:
    """A gradient whose squares, and their sum over the leaf, stay finite: larger entries count as the largest such.

    That is 2^60 in a leaf of one number and 2^50 in one of a million, in float32. What is infinite stays infinite, and
    NaN stays NaN: they are no gradients. Below the limit every bit stays.
    """
    if not jnp.issubdtype(leaf.dtype, jnp.inexact):
        return leaf
    kind = jnp.finfo(wide(leaf).dtype)
    limit = 2.0 ** ((kind.maxexp - 8 - leaf.size.bit_length()) // 2)  # 8: squares of differences, and a few sums
    if limit >= float(jnp.finfo(leaf.dtype).max):
        return leaf
    size = jnp.abs(leaf)
    large = (size > limit) & (size < jnp.inf)
    if jnp.issubdtype(leaf.dtype, jnp.complexfloating):
        return jnp.where(large, leaf * (limit / jnp.where(large, size, 1)), leaf)
    return jnp.where(large, jnp.copysign(jnp.asarray(limit, leaf.dtype), leaf), leaf)


@jax.jit
def added(total: jax.Array, sample: jax.Array) -> jax.Array:
    """A sum that never falls, held at the largest number: infinite sums would stop a rule for ever."""
    return jnp.minimum(total + sample, largest(total))


def largest(number: jax.Array) -> float:
    """Where sums of squares are held."""
    return 2.0 ** (jnp.finfo(number.dtype).maxexp - 1)


def fitting(measure: Callable[..., jax.Array], *trees: Sequence[jax.Array]) -> tuple[jax.Array, jax.Array]:
    """A sum of products of leaves, `measure(*trees)`, and the unit: a power of two that multiplied each leaf first.

    The unit is 1 where the sum fits its dtype, so ordinary numbers keep every bit and are read once. Else it is small
    or large enough for every number that the dtype has; the second sum is made in a branch, which only then runs.
    `measure` is jitted and belongs to a module: it is traced once, and eager calls compile once.
    """
    return _measured(measure, _of_one_precision(trees))


@functools.partial(jax.jit, static_argnums=0)
def _measured(measure: Callable[..., jax.Array], trees: list[list[jax.Array]]) -> tuple[jax.Array, jax.Array]:
    plain = measure(*trees)
    most = min((jnp.finfo(leaf.dtype).maxexp for tree in trees for leaf in tree), default=0)
    if not most:
        return plain, jnp.ones_like(plain)
    size = jnp.abs(plain)
    low, high = 2.0 ** -(most * 5 // 8), 2.0 ** (most - 8)

    def scaled() -> tuple[jax.Array, jax.Array]:
        small = size <= low
        unit = jnp.where(small, 2.0 ** (most * 9 // 16), jnp.where(size < high, 1, low)).astype(plain.dtype)
        again = measure(*([leaf * unit.astype(leaf.dtype) for leaf in tree] for tree in trees))
        cancelled = small & ~jnp.isfinite(again)  # large products may have a small sum
        return jnp.where(cancelled, plain, again), jnp.where(cancelled, 1, unit)

    return jax.lax.cond((size > low) & (size < high), lambda: (plain, jnp.ones_like(plain)), scaled)


def rms(leaf: ArrayLike) -> jax.Array:
    """The root mean square of a leaf, in the dtype of hyper-parameters; right also where squares leave the dtype."""
    squares, unit = fitting(_mean_of_squares, [wide(leaf)])
    return real(root(squares, real(0), eps_in_sqrt=False) / unit)


@jax.jit
def _mean_of_squares(leaves: list[jax.Array]) -> jax.Array:
    return jnp.mean(square(leaves[0]))


def lengths(leaf: jax.Array, axes: int | tuple[int, ...] | None) -> jax.Array:
    """The lengths of the vectors along axes, which stay with a length of 1; right also where squares leave the dtype.

    Each vector is squared in a unit of its own, the power of two at its largest magnitude.
    """
    leaf = wide(leaf)
    kind = jnp.finfo(leaf.dtype)
    top = jax.lax.stop_gradient(jnp.max(jnp.abs(leaf), axes, keepdims=True, initial=0))
    most = kind.maxexp * 25 // 32  # one over the unit is then no subnormal number
    unit = jnp.ldexp(jnp.ones((), top.dtype), jnp.clip(-jnp.frexp(top)[1], -most, most))
    return square_root(jnp.sum(square(leaf * unit), axes, keepdims=True)) / unit


def _of_one_precision(trees: Sequence[Sequence[jax.Array]]) -> list[list[jax.Array]]:
    """The leaves, wide, all in the precision of the widest: only under x64 does this change any."""
    wider = [[wide(leaf) for leaf in tree] for tree in trees]
    kinds = {jnp.finfo(leaf.dtype).dtype for tree in wider for leaf in tree}
    if len(kinds) < 2:
        return wider
    return [[leaf.astype(promoted(leaf.dtype, jnp.float64)) for leaf in tree] for tree in wider]
