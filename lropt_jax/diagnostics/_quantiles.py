"""Quantiles of parameters by group, from sums alone: arrays that a mesh cuts stay where they are."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp

from lropt_jax._core.numbers import real

_HALVINGS = 10
_OCTAVES = 40.0  # below the largest number by so many, two numbers are not told apart


def quantiles(leaves: list[jax.Array], groups: list[list[int]], shares: Sequence[float]) -> jax.Array:
    """The quantiles of numbers >= 0 by group, (groups, shares). NaN is left out. The ends are exact.

    The others are found by halving the range, in logarithms, ten times: they are right to a 1,000th of the range, at
    most to 3%. A leaf of the shape () is a group's only number.
    """
    if not groups:
        return jnp.zeros((0, len(shares)), real(0).dtype)
    low, high, many = (jnp.stack(each) for each in zip(*(_ends(leaves, places) for places in groups), strict=True))
    if all(leaves[place] is leaves[places[0]] and leaves[place].ndim == 0 for places in groups for place in places):
        return _spread(low, high, jnp.broadcast_to(low[:, None], (len(groups), len(shares))), shares)
    between = [share for share in shares if 0 < share < 1]
    wanted = jnp.array(between, low.dtype) * jnp.maximum(many, 1)[:, None]
    top = jnp.where(high > 0, high, 1)
    start = jnp.log2(jnp.maximum(low / top, 2.0**-_OCTAVES))[:, None] + jnp.zeros_like(wanted)

    def halve(_: int, ends: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        left, right = ends
        middle = (left + right) / 2
        limits = top[:, None] * jnp.exp2(middle)
        below = jnp.stack([_below(leaves, places, limits[row]) for row, places in enumerate(groups)])
        return jnp.where(below < wanted, middle, left), jnp.where(below < wanted, right, middle)

    left, right = jax.lax.fori_loop(0, _HALVINGS, halve, (start, jnp.zeros_like(start)))
    return _spread(low, high, top[:, None] * jnp.exp2((left + right) / 2), shares)


def _spread(low: jax.Array, high: jax.Array, inside: jax.Array, shares: Sequence[float]) -> jax.Array:
    """The quantiles, the ends among them in full, and NaN where a group had no number."""
    between = iter(jnp.clip(inside, low[:, None], high[:, None]).T)
    columns = [low if share == 0 else high if share == 1 else next(between) for share in shares]
    return jnp.where((low <= high)[:, None], jnp.stack(columns, -1), jnp.nan)


def _ends(leaves: list[jax.Array], places: list[int]) -> tuple[jax.Array, jax.Array, jax.Array]:
    """The smallest and the largest number of a group, and how many there are."""
    low, high, many = real(jnp.inf), real(-jnp.inf), real(0)
    for place in places:
        leaf = leaves[place]
        known = ~jnp.isnan(leaf)
        low = jnp.minimum(low, real(jnp.min(jnp.where(known, leaf, jnp.inf), initial=jnp.inf)))
        high = jnp.maximum(high, real(jnp.max(jnp.where(known, leaf, -jnp.inf), initial=-jnp.inf)))
        many += real(jnp.sum(known))
    return low, high, many


def _below(leaves: list[jax.Array], places: list[int], limits: jax.Array) -> jax.Array:
    """How many numbers of a group are not above each of the limits."""
    counts = [_counted(leaves[place], limits) for place in places]
    return sum(counts[1:], start=counts[0])


@jax.jit
def _counted(leaf: jax.Array, limits: jax.Array) -> jax.Array:
    return jnp.stack([real(jnp.sum(leaf <= limit.astype(leaf.dtype))) for limit in limits])
