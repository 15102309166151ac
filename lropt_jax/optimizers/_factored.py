"""Second moments by rows and columns: a matrix keeps its means over either axis, any other leaf all of its moments."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from lropt_jax._core.absent import aligned
from lropt_jax._core.accumulators import divide, square_root, times


class Factored(NamedTuple):
    """Trees like the parameters. Each leaf is either in `whole`, or in `row` and `col`; elsewhere it is None.

    A leaf of `row` has length 1 along one of two axes, a leaf of `col` along the other. With "longest" these are the
    two longest axes; of axes of equal length the last count as the longest. With "last" they are the last two.
    """

    whole: optax.Updates
    row: optax.Updates
    col: optax.Updates


def factored(squares: optax.Updates, least: int, axes: str = "longest") -> Factored:
    """The kept form of a tree: means for leaves with two axes of length `least` or more, and the other leaves whole."""

    def mean(leaf: jax.Array, place: int) -> jax.Array | None:
        split = _split(leaf, least, axes)
        return jnp.mean(leaf, axis=split[place], keepdims=True) if split else None

    return Factored(
        jax.tree.map(lambda leaf: None if _split(leaf, least, axes) else leaf, squares),
        jax.tree.map(lambda leaf: mean(leaf, 1), squares),
        jax.tree.map(lambda leaf: mean(leaf, 0), squares),
    )


def moved(kept: Factored, squares: optax.Updates, share: jax.Array, least: int, axes: str = "longest") -> Factored:
    """The moving averages after one more sample: `kept + share * (sample - kept)`."""
    before = Factored(*(aligned(part, squares) for part in kept))
    return jax.tree.map(lambda v, s: v + times(share, s - v), before, factored(squares, least, axes))


def by_rows(tree: optax.Updates, least: int, axes: str = "longest") -> optax.Updates:
    """A tree with None in the place of the leaves that are kept whole."""
    return jax.tree.map(lambda leaf: leaf if _split(leaf, least, axes) else None, tree)


def roots(like: optax.Updates, kept: Factored, floor: jax.Array, axes: str = "longest") -> optax.Updates:
    """`max(sqrt(v), floor)` for every leaf of a tree, where `v` is `row * col / max(mean(row), floor)` or whole."""

    def size(leaf: jax.Array, whole: jax.Array | None, row: jax.Array, col: jax.Array) -> jax.Array:
        if whole is not None:
            return jnp.maximum(square_root(whole), floor.astype(whole.dtype))
        least = floor.astype(row.dtype)
        mean = jnp.mean(row, axis=_two(leaf, axes)[0], keepdims=True)
        return jnp.maximum(square_root(divide(row, jnp.maximum(mean, least))) * square_root(col), least)

    return jax.tree.map(size, like, *kept)


def _two(leaf: jax.Array, axes: str) -> list[int]:
    """The two axes: `col` holds means along the first, `row` along the second."""
    order = np.arange(np.ndim(leaf)) if axes == "last" else np.argsort(np.shape(leaf), kind="stable")
    return [int(axis) for axis in order[-2:]]


def _split(leaf: jax.Array, least: int, axes: str) -> list[int]:
    """Both axes of a leaf that is kept by rows and columns; none for another leaf."""
    both = _two(leaf, axes) if np.ndim(leaf) > 1 else []
    return both if all(np.shape(leaf)[axis] >= least for axis in both) else []
