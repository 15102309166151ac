"""Trees as vectors: products and distances, in float32 or wider."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import square, square_root, wide
from lropt_jax._core.reductions import total


def dot(left: optax.Updates, right: optax.Updates) -> jax.Array:
    """<left, right> over all leaves, or its real part if they are complex."""
    return total(jax.tree.leaves(jax.tree.map(_products, left, right)))


def sum_of_squares(tree: optax.Updates) -> jax.Array:
    """|tree|^2 over all leaves."""
    return total(map(square, jax.tree.leaves(tree)))


def norm(tree: optax.Updates) -> jax.Array:
    """|tree|, the root of `sum_of_squares`. Its slope at 0 is 0."""
    return square_root(sum_of_squares(tree))


def l1_norm(tree: optax.Updates) -> jax.Array:
    """The sum of the absolute values over all leaves."""
    return total(jnp.abs(wide(leaf)) for leaf in jax.tree.leaves(tree))


def distance(tree: optax.Params, other: optax.Params) -> jax.Array:
    """|tree - other|."""
    return norm(jax.tree.map(lambda leaf, start: wide(leaf) - wide(start), tree, other))


@jax.jit
def _products(left: ArrayLike, right: ArrayLike) -> jax.Array:
    return jnp.real(jnp.conj(wide(left)) * wide(right))
