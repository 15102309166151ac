"""Schedules and rates multiplied."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.ends import end_of, ending
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import at, real
from lropt_jax._core.rate import Rate, Reading, as_rate


@lift
def product(*schedules: optax.ScalarOrSchedule | Rate) -> optax.Schedule:
    """Multiply schedules step by step: `rate(t) = schedules[0](t) * schedules[1](t) * ...`.

    A rate times multipliers, such as a decay times a cyclic factor, or `product(dog(), linear(1.0, steps))`.

    Args:
        schedules: Schedules, numbers for constant factors, or rates that set themselves; at least one.

    Returns:
        A schedule; a rate where a factor sets itself, whose state is a tuple of theirs.

    Raises:
        ValueError: There is none, or a number is negative, or a rate also revises earlier steps, which have no factor
            any more: give such a rate the schedule as its base.

    Example:
        >>> from lropt_jax.schedules import linear
        >>> product(linear(1.0, 4), linear(1.0, 4), 0.5)(2)
        Array(0.125, dtype=float32)
    """
    if not schedules:
        raise ValueError("product: schedules must be at least one, got none.")
    for factor in schedules:
        if not isinstance(factor, Rate):
            checks.schedulable(checks.nonnegative, "product", schedules=factor)
    if any(isinstance(factor, Rate) for factor in schedules):
        return _rates(*schedules)  # type: ignore[return-value]
    factors: Any = schedules

    def multiplied(step: ArrayLike) -> jax.Array:
        return functools.reduce(jnp.multiply, [at(factor, step) for factor in factors], jnp.ones(jnp.shape(step)))

    ends = [end_of(factor) for factor in schedules]
    return ending(multiplied, None if None in ends else functools.reduce(jnp.maximum, ends))


def _rates(*factors: optax.ScalarOrSchedule | Rate) -> Rate:
    rates = [as_rate(factor) for factor in factors]
    for factor, rate in zip(factors, rates, strict=True):
        if rate.revise is not None:
            raise ValueError(f"product: schedules must not revise earlier steps; give the rate its base, got {factor}.")

    def together(found: list[tuple]) -> tuple:
        numbers, states = zip(*found, strict=True)
        return functools.reduce(jnp.multiply, map(real, numbers)), states

    def init(params: optax.Params) -> tuple:
        return together([rate.init(params) for rate in rates])

    def next_rate(states: tuple, reading: Reading) -> tuple:
        return together([rate.next(state, reading) for rate, state in zip(rates, states, strict=True)])

    return Rate(init, next_rate)
