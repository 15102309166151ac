"""Curves that several schedules are made of, exact where they come near 0."""

import itertools
from collections.abc import Sequence
from typing import Literal, get_args

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.numbers import before, minus, plus, precise, progress, remaining
from lropt_jax._core.periods import whole_periods

Fall = Literal["linear", "cosine", "1-sqrt", "exponential", "polynomial"]
FALLS = get_args(Fall)


def half_cosine(left: jax.Array) -> jax.Array:
    """`(1 + cos(pi u)) / 2` of what is left, `1 - u`: from 1 at 1 to 0 at 0, its relative error small near 0 too."""
    return xp.sin(jnp.pi / 2 * left) ** 2


def wave(time: ArrayLike, steps: ArrayLike) -> jax.Array:
    """`(1 + cos(pi time / steps)) / 2`: 1 at 0, 0 after `steps`, and again."""
    since = whole_periods(time, plus(steps, steps))[1]
    from_trough = xp.absolute(precise(minus(since, steps)))
    return xp.sin(jnp.pi * from_trough / (2 * precise(steps))) ** 2


def fall(shape: str, left: jax.Array, *, power: ArrayLike = 2.0, ratio: ArrayLike = 0.1) -> jax.Array:
    """From 1 where all is left to 0 where nothing is, in one of the shapes `FALLS`; slopes are finite at both ends."""
    match shape:
        case "linear":
            return left
        case "cosine":
            return half_cosine(left)
        case "exponential":
            ratio = precise(ratio)
            return xp.expm1(-left * xp.log(ratio)) * ratio / (1 - ratio)
        case "polynomial":
            some = left > 0
            return xp.where(some, xp.where(some, left, 1) ** precise(power), 0)
    begun = left < 1
    return left / (1 + xp.where(begun, xp.sqrt(xp.where(begun, 1 - left, 1)), 0))


def lack(share: jax.Array, rest: jax.Array, power: ArrayLike) -> jax.Array:
    """`1 - share ^ power`, its relative error small near 0 too, its slopes finite; `rest` is `1 - share`."""
    near = rest < 0.5
    small = -xp.expm1(precise(power) * xp.log1p(-xp.where(near, rest, 0)))
    return xp.where(near, small, 1 - fall("polynomial", share, power=power))


def between(step: ArrayLike, first: ArrayLike, last: ArrayLike, steps: ArrayLike, shape: str = "linear") -> jax.Array:
    """From `first` to `last` over some steps, then `last`; at once where there are none. Lines and half cosines."""
    some = xp.asarray(steps) > 0
    span = xp.where(some, steps, 1)
    left = xp.where(some, remaining(step, span), 0)
    over = xp.where(some, progress(step, span), 1)
    return precise(first) * fall(shape, left) + precise(last) * fall(shape, over)


def through(knots: Sequence[tuple[ArrayLike, ArrayLike]], step: ArrayLike, shape: str) -> jax.Array:
    """From knot to knot, each a time and a rate, the first at 0; the last rate after them."""
    rate = xp.broadcast_to(precise(knots[0][1]), jnp.shape(step))
    for (begin, rate_before), (end, rate_after) in itertools.pairwise(knots):
        piece = between(minus(step, begin), rate_before, rate_after, minus(end, begin), shape)
        rate = xp.where(before(step, begin), rate, piece)
    return rate
