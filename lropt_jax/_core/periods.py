"""Periods one after another, each by a ratio longer than the one before."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.numbers import alike, minus, precise


def period(
    step: ArrayLike, first: ArrayLike, ratio: ArrayLike, limit: ArrayLike = 2**19
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """The number of the period that a step is in, up to above `limit`, and the shares of it that are over and left.

    Period `i`, from 0, is `first ratio^i` long. Where all are as long, the steps within one are counted in whole
    numbers; else their begins have the bits of a float, and whole ones are exact.
    """
    return (_period if xp.on_host(step, first, ratio, limit) else _compiled)(step, first, ratio, limit)


def _period(step: ArrayLike, first: ArrayLike, ratio: ArrayLike, limit: ArrayLike) -> tuple:
    time, span, ratio = precise(step), precise(first), precise(ratio)
    even, (whole, since) = ratio == 1, whole_periods(step, first)
    index = xp.where(even, precise(whole), _uneven(time, span, ratio, limit))
    total, power = geometric(ratio, index)
    begin, length = span * total, span * power
    over = _exact(time - begin, since, even)
    left = _exact(begin + length - time, minus(first, since), even)
    return index, xp.clip(over / length, 0, 1), xp.clip(left / length, 0, 1)


_compiled = jax.jit(_period, inline=True)


def whole_periods(step: ArrayLike, length: ArrayLike) -> tuple[jax.Array, jax.Array]:
    """How many periods of one length are over at a step, and the steps since: whole numbers if both arguments are.

    In float32 a period that is over but for the rounding is over: 5 of 2.4 at step 12. The steps since are then 0 or a
    little less.
    """
    step, length = alike(step, length)
    shorter = length
    if step.dtype == np.float32:
        rounded = length != xp.floor(length)
        shorter = xp.where(rounded, length * (1 - jnp.finfo(np.float32).eps), length)
    whole = xp.floor_divide(step, shorter)
    return whole, step - whole * length


def geometric(ratio: jax.Array, terms: jax.Array) -> tuple[jax.Array, jax.Array]:
    """`1 + ratio + ... + ratio^(terms - 1)` and `ratio^terms`, by doubling: nothing cancels, what fits is exact.

    At most 2^20 terms, but any number of them where the ratio is 1.
    """
    return (_doubled if xp.on_host(ratio, terms) else _series)(ratio, terms)


def _doubled(ratio: jax.Array, terms: jax.Array) -> tuple[jax.Array, jax.Array]:
    """A loop on the device: over 31 doublings in a row XLA took seconds for the slopes, and JAX 0.12 did not end."""
    even, whole = ratio == 1, xp.minimum(terms, 2**20 - 1).astype(np.int32)

    def double(turn: Any, series: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        total, power = series
        total, power = total * (1 + power), power * power
        odd = (whole >> (19 - turn)) & 1 == 1
        return xp.where(odd, total * ratio + 1, total), xp.where(odd, power * ratio, power)

    series: Any = np.zeros(whole.shape, ratio.dtype), np.ones(whole.shape, ratio.dtype)
    if xp.on_host(ratio, terms):
        for turn in range(20 - int(np.max(whole, initial=0)).bit_length(), 20):  # leading zeros change nothing
            series = double(turn, series)
    else:
        series = jax.lax.fori_loop(0, 20, double, series)
    total, power = series
    return xp.where(even, terms, total), power


_series = jax.custom_jvp(_doubled)


@_series.defjvp
def _slopes(primals: tuple[jax.Array, jax.Array], tangents: tuple[jax.Array, jax.Array]) -> tuple:
    ratio, terms = primals
    total, power = geometric(ratio, terms)
    growth, near = ratio - 1, jnp.abs(ratio - 1) * terms < 1e-3
    series = terms * (terms - 1) / 2 * (1 + growth * (terms - 2) * 2 / 3)
    by_ratio = terms * power / ratio
    slope = jnp.where(near, series, (by_ratio - total) / jnp.where(near, 1, growth))
    return (total, power), (slope * tangents[0], by_ratio * tangents[0])


def _uneven(time: jax.Array, first: jax.Array, ratio: jax.Array, limit: ArrayLike) -> jax.Array:
    """How many periods are over: a logarithm's guess, at most one off, put right by where they end.

    The slack is for ends that would be whole if the ratio were not rounded.
    """
    time, first, ratio = map(xp.stop_gradient, (time, first, ratio))
    eps, other = jnp.finfo(time.dtype).eps, xp.where(ratio == 1, 2, ratio)
    guess = xp.log1p(xp.maximum((other - 1) * time / first, eps - 1)) / xp.log(other)
    index = xp.clip(xp.floor(guess) - 1, 0, precise(limit))
    total, power = geometric(ratio, index)
    begin, length, slack = first * total, first * power, xp.minimum(4 * eps * time, 0.25)
    for _ in range(2):
        over = begin + length <= time + slack
        begin, length = xp.where(over, begin + length, begin), xp.where(over, length * ratio, length)
        index = index + over
    return index


def _exact(near: jax.Array, exact: jax.Array, even: jax.Array) -> jax.Array:
    """The exact number where periods are even, with the slopes of the near one."""
    return near + xp.stop_gradient(xp.where(even, precise(exact) - near, 0))
