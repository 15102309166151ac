"""Schedules and rates multiplied."""

import functools
import operator
from collections.abc import Sequence
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.typing import ArrayLike
from typing_extensions import TypeAliasType

from lropt_jax._core import arrays as xp
from lropt_jax._core.ends import end_of, with_end
from lropt_jax._core.kinds import nonnegative
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise, rate_at, real
from lropt_jax._core.rate import Rate, Reading, as_rate
from lropt_jax._core.refusal import Refused

Factor = TypeAliasType(
    "Factor", Annotated[ArrayLike | optax.Schedule | Rate, nonnegative, "a number, a schedule or a self-setting rate"]
)


@lift
def product(*schedules: Factor) -> optax.Schedule:
    """Multiply schedules step by step: `rate(t) = schedules[0](t) * schedules[1](t) * ...`.

    Choose it to multiply a rate by something, such as a decay by a cyclic factor, or for
    `product(dog(), linear(1.0, steps))`. `dog() * linear(1.0, steps)` writes the same.

    Args:
        schedules: Schedules, numbers >= 0 for constant factors, or self-setting rates; at least one.

    Returns:
        A schedule. If a factor is a self-setting rate, a rate whose state is a tuple of the factors' states.

    Raises:
        ValueError: There is no factor, a number is negative, or a rate also revises earlier steps, or goes back to
            them. Those steps had other factors: give such a rate the schedule as its base instead.

    Example:
        >>> from lropt_jax.schedules import linear
        >>> product(linear(1.0, 4), linear(1.0, 4), 0.5)(2)
        Array(0.125, dtype=float32)
    """
    if any(isinstance(factor, Rate) for factor in schedules):
        return _rates(*schedules)  # type: ignore[return-value]

    def multiplied(step: ArrayLike) -> jax.Array:
        rates = [rate_at(factor, step) for factor in schedules]  # type: ignore[arg-type]
        return functools.reduce(operator.mul, rates, precise(np.ones(jnp.shape(step))))

    return with_end(multiplied, lambda: _last_end(schedules))


@product.requires
def _(schedules: tuple[Factor, ...]) -> None:
    if not schedules:
        raise Refused("schedules must be at least one, got none.")
    for factor in schedules:
        if isinstance(factor, Rate) and factor.revise is not None:
            raise Refused(f"schedules must not revise earlier steps; give the rate its base, got {factor}.")
        if isinstance(factor, Rate) and factor.instead is not None:
            raise Refused(f"schedules must not go back to earlier parameters; give the rate its base, got {factor}.")


def _last_end(schedules: Sequence[Any]) -> Any:
    """The largest of their ends; None where one has none."""
    ends = [end_of(factor) for factor in schedules]
    return None if any(end is None for end in ends) else functools.reduce(xp.maximum, ends)


def _rates(*factors: Any) -> Rate:
    rates = [as_rate(factor) for factor in factors]

    def together(found: list[tuple]) -> tuple:
        numbers, states = zip(*found, strict=True)
        return functools.reduce(jnp.multiply, map(real, numbers)), states

    def init(params: optax.Params) -> tuple:
        return together([rate.init(params) for rate in rates])

    def next_rate(states: tuple, reading: Reading) -> tuple:
        return together([rate.next(state, reading) for rate, state in zip(rates, states, strict=True)])

    return Rate(init, next_rate)
