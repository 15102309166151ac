"""Trees as vectors: products and distances, in float32 or wider."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import square_root, sum_of_squares, wide
from lropt_jax._core.numbers import real


def dot(left: optax.Updates, right: optax.Updates) -> jax.Array:
    """<left, right> over all leaves; of complex ones the real part."""
    return sum((real(part) for part in jax.tree.leaves(jax.tree.map(_dot, left, right))), start=real(0))


def norm(tree: optax.Updates) -> jax.Array:
    """|tree|, the root of `sum_of_squares`; its slope at 0 is 0."""
    return square_root(sum_of_squares(tree))


def l1_norm(tree: optax.Updates) -> jax.Array:
    """The sum of the absolute values over all leaves."""
    return sum((real(_l1_norm(leaf)) for leaf in jax.tree.leaves(tree)), start=real(0))


def distance(tree: optax.Params, other: optax.Params) -> jax.Array:
    """|tree - other|."""
    return norm(jax.tree.map(lambda leaf, start: wide(leaf) - wide(start), tree, other))


@jax.jit
def _dot(left: ArrayLike, right: ArrayLike) -> jax.Array:
    return jnp.sum(jnp.real(jnp.conj(wide(left)) * wide(right)))


@jax.jit
def _l1_norm(leaf: ArrayLike) -> jax.Array:
    return jnp.sum(jnp.abs(wide(leaf)))
