"""Periods one after another, each by a ratio longer than the one before."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.numbers import alike, count, is_whole, minus, precise


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
    little less. No whole step is lost, of what length ever the periods are.
    """
    if is_whole(count(step)) and not is_whole(count(length)) and precise(0).dtype == np.float32:
        return _of_fractions(count(step), precise(length))
    step, length = alike(step, length)
    whole = xp.floor_divide(step, _shorter(length))
    return whole, step - whole * length


def _shorter(length: jax.Array) -> jax.Array:
    """A length that was rounded to float32, if it was, so that a period which is over but for that is over."""
    if length.dtype != np.float32:
        return length
    return xp.where(length != xp.floor(length), length * (1 - jnp.finfo(np.float32).eps), length)


def _of_fractions(step: jax.Array, length: jax.Array) -> tuple[jax.Array, jax.Array]:
    """`whole_periods` of a whole step. The fewest periods of a whole length are `2^power`; these are counted first.

    Once they are taken away, float32 has every number that is left.
    """
    fixed = xp.stop_gradient(length)
    power = xp.maximum(24 - xp.frexp(fixed)[1], 0)
    group = xp.clip(xp.ldexp(fixed, power), 1, 2.0**31 - 128).astype(step.dtype)
    twos = xp.minimum(xp.population_count((group & -group) - 1), power)
    group, power = group >> twos, power - twos
    groups = xp.where(fixed < 2.0**31, xp.floor_divide(step, group), 0)
    rest = precise(step - groups * group)
    within = xp.floor_divide(rest, _shorter(length))
    gone = xp.ldexp(precise(groups), power)
    fits = gone + within < 2.0**31
    counts = (groups << xp.minimum(power, 30)) + xp.minimum(within, 2.0**31 - 128).astype(step.dtype)
    whole = xp.where(fits, counts, 2**31 - 1)
    return whole, rest - within * length - gone * (length - fixed)


def share_of(step: ArrayLike, part: ArrayLike, steps: ArrayLike) -> tuple[jax.Array, jax.Array]:
    """`step * part / steps` of whole numbers >= 0: without its fraction, and what then remains, below `steps`.

    Exact, though the product may not fit: it is made bit by bit, and divided at every bit.
    """
    step, part, steps = alike(step, part, steps)
    if xp.on_host(step, part, steps) or step.dtype != np.int32:
        product = step.astype(np.int64) * part
        whole = xp.floor_divide(product, steps)
        return whole.astype(step.dtype), (product - whole * steps).astype(step.dtype)
    step, part, steps = (number.astype(np.uint32) for number in jnp.broadcast_arrays(step, part, steps))
    ones, rest = step // steps, step % steps

    def bit(turn: Any, result: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        some = (part >> (30 - turn).astype(np.uint32) & 1) == 1
        whole, left = _carried(2 * result[0], 2 * result[1], steps)
        return _carried(whole + jnp.where(some, ones, 0), left + jnp.where(some, rest, 0), steps)

    whole, left = jax.lax.fori_loop(0, 31, bit, (jnp.zeros_like(step), jnp.zeros_like(step)))
    return whole.astype(np.int32), left.astype(np.int32)


def _carried(whole: jax.Array, left: jax.Array, steps: jax.Array) -> tuple[jax.Array, jax.Array]:
    """A quotient and what remains, which may be up to twice the divisor; 32 bits without a sign hold that."""
    over = left >= steps
    return jnp.where(over, whole + 1, whole), jnp.where(over, left - steps, left)


def turned(turns: ArrayLike, times: jax.Array) -> jax.Array:
    """How far so many turns, so many times, end beyond a whole one: `turns * times` modulo 1, with the slope of that.

    Whole multiples of `2^-24` are right however often; only whole turns are lost where the product does not fit.
    """
    turns, unit = precise(turns), 2**24
    part = xp.mod(xp.stop_gradient(turns), 1)
    if is_whole(times):
        units = xp.rint(part * unit).astype(times.dtype)
        exact = precise(units * times & (unit - 1)) / unit + (part - precise(units) / unit) * precise(times)
    else:
        exact = xp.mod(part * xp.stop_gradient(times), 1)
    near = turns * precise(times)
    return near - xp.stop_gradient(near) + exact


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
        index = index + precise(over)
    return index


def _exact(near: jax.Array, exact: jax.Array, even: jax.Array) -> jax.Array:
    """The exact number where periods are even, with the slopes of the near one."""
    return near + xp.stop_gradient(xp.where(even, precise(exact) - near, 0))
