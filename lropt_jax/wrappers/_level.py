"""The running level of the losses of a run, and which losses are far above it."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import square_root
from lropt_jax._core.numbers import counted, real

_FEW = 10  # losses that say too little
_FLOOR = 0.01  # a deviation is at least this share of the mean, and of the fall so far


class Level(NamedTuple):
    """The running mean and variance of losses, the largest mean so far, and how many losses there were."""

    mean: jax.Array
    variance: jax.Array
    largest: jax.Array
    losses: jax.Array


def no_level() -> Level:
    """The level before there was a loss."""
    mean, variance, largest = (jnp.zeros_like(real(0)) for _ in range(3))
    return Level(mean, variance, largest, jnp.zeros((), jnp.int32))


def spikes(level: Level, loss: jax.Array, deviations: ArrayLike) -> jax.Array:
    """Whether a loss is this many deviations above the mean. Among the first ten losses none is.

    Losses of a full batch hardly deviate, and those of a model that fits its data are almost all 0: there every other
    one would be a spike. So a deviation counts as 1% of the mean, and of the fall of the mean so far, at least.
    """
    least = _FLOOR * jnp.maximum(jnp.abs(level.mean), level.largest - level.mean)
    deviation = jnp.maximum(square_root(level.variance), least)
    return (level.losses >= _FEW) & (loss > level.mean + real(deviations) * deviation)


def low(level: Level, loss: jax.Array) -> jax.Array:
    """Whether a loss is not above the mean. The first one is not."""
    return (level.losses == 0) | ~(loss > level.mean)


def followed(level: Level, loss: jax.Array, counts: jax.Array, window: ArrayLike) -> Level:
    """The level with one more loss where it counts: plain means at first, then moving ones over about `window`."""
    losses = counted(level.losses, counts)
    share = 1 / jnp.minimum(jnp.maximum(real(losses), 1), real(window))
    away = jnp.where(counts, loss - level.mean, 0)
    mean, variance = level.mean + share * away, (1 - share) * (level.variance + share * away * away)
    variance = jnp.minimum(variance, jnp.finfo(variance.dtype).max)
    largest = jnp.where(level.losses == 0, mean, jnp.maximum(level.largest, mean))
    return Level(mean, jnp.where(counts, variance, level.variance), jnp.where(counts, largest, level.largest), losses)
