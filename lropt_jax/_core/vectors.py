"""Trees as vectors: products and distances, in float32 or wider."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import square, square_root, wide
from lropt_jax._core.magnitudes import fitting, largest
from lropt_jax._core.reductions import total


def dot(left: optax.Updates, right: optax.Updates) -> jax.Array:
    """<left, right> over all leaves, or its real part if they are complex; held at the largest number."""
    product, unit = product_and_unit(left, right)
    most = largest(product)
    return jnp.clip(product / unit / unit, -most, most)


def product_and_unit(left: optax.Updates, right: optax.Updates) -> tuple[jax.Array, jax.Array]:
    """<a left, a right> and the power of two `a`, which is 1 unless `<left, right>` leaves the dtype."""
    return fitting(_sum_of_products, jax.tree.leaves(left), jax.tree.leaves(right))


def sum_of_squares(tree: optax.Updates) -> jax.Array:
    """|tree|^2 over all leaves, held at the largest number."""
    squares = total(map(square, jax.tree.leaves(tree)))
    return jnp.minimum(squares, largest(squares))


def squares_and_unit(tree: optax.Updates) -> tuple[jax.Array, jax.Array]:
    """|a tree|^2 and the power of two `a`, which is 1 unless `|tree|^2` leaves the dtype."""
    return fitting(_sum_of_squares, jax.tree.leaves(tree))


def norm(tree: optax.Updates) -> jax.Array:
    """|tree|, right also where its square leaves the dtype. Its slope at 0 is 0."""
    squares, unit = squares_and_unit(tree)
    return square_root(squares) / unit


def l1_norm(tree: optax.Updates) -> jax.Array:
    """The sum of the absolute values over all leaves."""
    return total(jnp.abs(wide(leaf)) for leaf in jax.tree.leaves(tree))


def distance(tree: optax.Params, other: optax.Params) -> jax.Array:
    """|tree - other|."""
    return norm(jax.tree.map(lambda leaf, start: wide(leaf) - wide(start), tree, other))


@jax.jit
def _sum_of_squares(leaves: list[jax.Array]) -> jax.Array:
    return total(map(square, leaves))


@jax.jit
def _sum_of_products(left: list[jax.Array], right: list[jax.Array]) -> jax.Array:
    return total(map(_products, left, right))


@jax.jit
def _products(left: ArrayLike, right: ArrayLike) -> jax.Array:
    return jnp.real(jnp.conj(wide(left)) * wide(right))
