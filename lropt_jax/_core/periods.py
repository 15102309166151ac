"""Periods one after another, each by a ratio longer than the one before."""

import functools

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from lropt_jax._core.numbers import count, minus, real


@functools.partial(jax.jit, inline=True)
def period(
    step: ArrayLike, first: ArrayLike, ratio: ArrayLike, limit: ArrayLike = 2**19
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """The number of the period that a step is in, up to above `limit`, and the shares of it that are over and left.

    Period `i`, from 0, is `first ratio^i` long. Where all are as long, the steps within one are counted in whole
    numbers; else their begins have the bits of a float, and whole ones are exact.
    """
    time, span, ratio = real(step), real(first), real(ratio)
    even, whole = ratio == 1, fitting(step, first)
    index = jnp.where(even, real(whole), _uneven(time, span, ratio, limit))
    total, power = geometric(ratio, index)
    begin, length = span * total, span * power
    since = minus(step, whole * count(first))
    over = _exact(time - begin, since, even)
    left = _exact(begin + length - time, minus(first, since), even)
    return index, jnp.clip(over / length, 0, 1), jnp.clip(left / length, 0, 1)


def fitting(step: ArrayLike, stretch: ArrayLike) -> jax.Array:
    """How many whole stretches fit into the steps. In float32 one that fits but for the rounding fits: 5 times 2.4."""
    step, stretch = count(step), count(stretch)
    if jnp.result_type(step, stretch) == jnp.float32:
        rounded = stretch != jnp.floor(stretch)
        stretch = jnp.where(rounded, stretch * (1 - jnp.finfo(jnp.float32).eps), stretch)
    return jnp.floor_divide(step, stretch)


@jax.custom_jvp
def geometric(ratio: jax.Array, terms: jax.Array) -> tuple[jax.Array, jax.Array]:
    """`1 + ratio + ... + ratio^(terms - 1)` and `ratio^terms`, by doubling: nothing cancels, what fits is exact.

    At most 2^20 terms, but any number of them where the ratio is 1. A loop, and its slopes written down: over 31
    doublings in a row XLA took seconds for the slopes, and with JAX 0.12 did not come to an end.
    """
    even, whole = ratio == 1, jnp.minimum(terms, 2**20 - 1).astype(jnp.int32)

    def double(turn: jax.Array, series: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        total, power = series
        total, power = total * (1 + power), power * power
        odd = (whole >> (19 - turn)) & 1 == 1
        return jnp.where(odd, total * ratio + 1, total), jnp.where(odd, power * ratio, power)

    empty = jnp.zeros(whole.shape, ratio.dtype), jnp.ones(whole.shape, ratio.dtype)
    total, power = jax.lax.fori_loop(0, 20, double, empty)
    return jnp.where(even, terms, total), power


@geometric.defjvp
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
    time, first, ratio = map(jax.lax.stop_gradient, (time, first, ratio))
    eps, other = jnp.finfo(time.dtype).eps, jnp.where(ratio == 1, 2, ratio)
    guess = jnp.log1p(jnp.maximum((other - 1) * time / first, eps - 1)) / jnp.log(other)
    index = jnp.clip(jnp.floor(guess) - 1, 0, real(limit))
    total, power = geometric(ratio, index)
    begin, length, slack = first * total, first * power, jnp.minimum(4 * eps * time, 0.25)
    for _ in range(2):
        over = begin + length <= time + slack
        begin, length = jnp.where(over, begin + length, begin), jnp.where(over, length * ratio, length)
        index = index + over
    return index


def _exact(near: jax.Array, exact: jax.Array, even: jax.Array) -> jax.Array:
    """The exact number where periods are even, with the slopes of the near one."""
    return near + jax.lax.stop_gradient(jnp.where(even, real(exact) - near, 0))
