"""The trust ratio: a step of a leaf in proportion to the leaf itself."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import square, square_root, times, wide
from lropt_jax._core.magnitudes import fitting
from lropt_jax._core.masks import chosen
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import needed


@jax.jit
def norm(leaf: ArrayLike) -> jax.Array:
    """The Euclidean norm of a leaf, wide. For zeros it is 0, and its gradient is 0 too."""
    squares, unit = fitting(_sum_of_squares, [wide(leaf)])
    return square_root(squares) / unit


@jax.jit
def _sum_of_squares(leaves: list[jax.Array]) -> jax.Array:
    return jnp.sum(square(leaves[0]))


@jax.jit
def trust_ratio(size: jax.Array, step: jax.Array, coefficient: ArrayLike = 1.0) -> jax.Array:
    """`coefficient * size / step`, and 1 where either is 0: otherwise a leaf of zeros could never move."""
    both = (size > 0) & (step > 0)
    quotient = size / jnp.where(both, step, 1)
    return jnp.where(both, times(real(coefficient), quotient), 1)


def trusted(
    steps: optax.Updates,
    sizes: Any,
    params: optax.Params | None,
    mask: Any,
    ratio: Callable[[jax.Array, jax.Array], jax.Array],
) -> optax.Updates:
    """Each step times the `ratio` of its parameter's norm and its size, where the mask is true. None: everywhere."""
    params = needed(params, "for the trust ratio")

    def scaled(step: jax.Array, size: jax.Array, param: ArrayLike) -> jax.Array:
        return times(ratio(norm(param), size), step)

    if mask is None:
        return jax.tree.map(scaled, steps, sizes, params)
    some = chosen("trust_mask", mask, params)
    return jax.tree.map(lambda c, *leaves: scaled(*leaves) if c else leaves[0], some, steps, sizes, params)
