"""All sums over one leaf that a row needs, from one pass where the leaf is small."""

import jax
import jax.numpy as jnp

from lropt_jax._core.accumulators import square, wide
from lropt_jax._core.layout import axes_of
from lropt_jax._core.numbers import real

_SMALL = 2**13  # the most numbers that are summed one after the other: more would lose digits


@jax.jit
def sums(leaves: tuple[jax.Array, ...], rates: jax.Array) -> jax.Array:
    """Of leaves of one shape: the sums of their squares, of the products of the first with the second and the third,
    and the smallest and the largest of the rates, without NaN; all in one vector.

    XLA makes a program of its own for every sum, and to start it takes longer than to sum up 1,000 numbers. So the sums
    over a small leaf are one reduction with several results.
    """
    added = [square(leaf) for leaf in leaves] + [product(leaves[0], other) for other in leaves[1:3]]
    added = [real(each) for each in added]
    known = ~jnp.isnan(rates)
    low, high = (real(jnp.where(known, rates, end)) for end in (jnp.inf, -jnp.inf))
    leaf = leaves[0]
    if leaf.size > _SMALL or rates.shape != leaf.shape or axes_of(leaf) is not None:
        return jnp.stack([*map(jnp.sum, added), jnp.min(low, initial=jnp.inf), jnp.max(high, initial=-jnp.inf)])
    starts = tuple(real(start) for start in (*[0.0] * len(added), jnp.inf, -jnp.inf))
    return jnp.stack(jax.lax.reduce((*added, low, high), starts, _combined, tuple(range(leaf.ndim))))


def product(left: jax.Array, right: jax.Array) -> jax.Array:
    """The real parts of products, wide."""
    return jnp.real(jnp.conj(wide(left)) * wide(right))


def _combined(some: tuple[jax.Array, ...], others: tuple[jax.Array, ...]) -> tuple[jax.Array, ...]:
    """One step of the reduction. No end is NaN; `minimum` and `maximum` would ask for that, which takes most time."""
    *added, (low, another), (high, other) = zip(some, others, strict=True)
    ends = jnp.where(low < another, low, another), jnp.where(high > other, high, other)
    return (*(one + two for one, two in added), *ends)
