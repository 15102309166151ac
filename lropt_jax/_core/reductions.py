"""Sums and maxima over all leaves of a tree."""

import functools
from collections.abc import Callable, Iterable

import jax
import jax.numpy as jnp

from lropt_jax._core.numbers import real

SMALL = 2**16  # the most numbers in a leaf that is combined
TOGETHER = 16  # the most leaves in one array


def total(leaves: Iterable[jax.Array]) -> jax.Array:
    """The sum of all numbers of all leaves, in float32, or float64 under x64."""
    return sum((real(jnp.sum(leaf)) for leaf in together(jnp.add, leaves)), start=real(0))


def together(combine: Callable[[jax.Array, jax.Array], jax.Array], leaves: Iterable[jax.Array]) -> list[jax.Array]:
    """The leaves, with small vectors of one type combined, number by number, up to 16 in one array.

    XLA would compile a reduction for each of thousands of leaves, which takes most of the time. Leaves with more axes
    are not combined: two leaves of one shape may be sharded along different axes.
    """
    alike: dict[object, list[jax.Array]] = {}
    for position, leaf in enumerate(leaves):
        small = leaf.ndim < 2 and leaf.size <= SMALL
        alike.setdefault(jax.typeof(leaf) if small else position, []).append(leaf)
    return [
        functools.reduce(combine, group[start : start + TOGETHER])
        for group in alike.values()
        for start in range(0, len(group), TOGETHER)
    ]
