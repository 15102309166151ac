"""Optax's constants, lines and powers."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.curves import between, fall, lack
from lropt_jax._core.ends import ending
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import minus, plus, progress, real, remaining
from lropt_jax.schedules import constant


@lift
def constant_schedule(value: ArrayLike) -> optax.Schedule:
    """Stay at `value`.

    Args:
        value: The rate, >= 0.

    Returns:
        A schedule; `schedules.constant`.

    Raises:
        ValueError: `value` is negative.

    Example:
        >>> constant_schedule(0.5)(7)
        Array(0.5, dtype=float32)
    """
    checks.nonnegative("optax.constant_schedule", value=value)
    return constant(value)


@lift
def linear_schedule(
    init_value: ArrayLike, end_value: ArrayLike, transition_steps: ArrayLike, transition_begin: ArrayLike = 0
) -> optax.Schedule:
    """Go straight from `init_value` to `end_value` over `transition_steps`, from `transition_begin` on, and stay.

    Optax takes two arguments that are refused here: with `transition_steps` of 0 or less it logs and stays at
    `init_value` for ever, and for a `transition_begin` below 0 it logs and takes 0.

    Args:
        init_value: The rate before, >= 0.
        end_value: The rate after, >= 0.
        transition_steps: Steps from the one to the other, > 0.
        transition_begin: Steps before, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> linear_schedule(1.0, 0.0, 4, 1)(jnp.arange(6))
        Array([1.  , 1.  , 0.75, 0.5 , 0.25, 0.  ], dtype=float32)
    """
    _check("optax.linear_schedule", init_value, end_value, transition_steps, transition_begin)

    def schedule(step: ArrayLike) -> jax.Array:
        return between(jnp.maximum(minus(step, transition_begin), 0), init_value, end_value, transition_steps)

    return ending(schedule, plus(transition_begin, transition_steps))


@lift
def polynomial_schedule(
    init_value: ArrayLike,
    end_value: ArrayLike,
    power: ArrayLike,
    transition_steps: ArrayLike,
    transition_begin: ArrayLike = 0,
) -> optax.Schedule:
    """Go from `init_value` to `end_value` as a power of the share that is left, and stay.

    `rate(t) = end_value + (init_value - end_value) (1 - u)^power`, `u = (t - transition_begin) / transition_steps` kept
    within [0, 1]. What `linear_schedule` refuses is refused here, and so are powers that Optax takes: with 0 it stays
    at `init_value` for ever, and below 0 it has no end.

    Args:
        init_value: The rate before, >= 0.
        end_value: The rate after, >= 0.
        power: > 0.
        transition_steps: Steps from the one to the other, > 0.
        transition_begin: Steps before, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> polynomial_schedule(1.0, 0.0, 2, 4)(jnp.arange(6))
        Array([1.    , 0.5625, 0.25  , 0.0625, 0.    , 0.    ], dtype=float32)
    """
    _check("optax.polynomial_schedule", init_value, end_value, transition_steps, transition_begin)
    checks.positive("optax.polynomial_schedule", power=power)

    def schedule(step: ArrayLike) -> jax.Array:
        since = jnp.maximum(minus(step, transition_begin), 0)
        left, over = remaining(since, transition_steps), progress(since, transition_steps)
        return real(init_value) * fall("polynomial", left, power=power) + real(end_value) * lack(left, over, power)

    return ending(schedule, plus(transition_begin, transition_steps))


@lift
def warmup_constant_schedule(init_value: ArrayLike, peak_value: ArrayLike, warmup_steps: ArrayLike) -> optax.Schedule:
    """Go straight from `init_value` to `peak_value` over `warmup_steps`, and stay.

    Optax takes `warmup_steps=0` and stays at `init_value`, never at the peak; it is refused here.

    Args:
        init_value: The first rate, >= 0. At 0 the first update does nothing.
        peak_value: The rate from step `warmup_steps` on, >= 0.
        warmup_steps: Length of the rise in steps, > 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> warmup_constant_schedule(0.0, 1.0, 4)(jnp.arange(6))
        Array([0.  , 0.25, 0.5 , 0.75, 1.  , 1.  ], dtype=float32)
    """
    checks.nonnegative("optax.warmup_constant_schedule", init_value=init_value, peak_value=peak_value)
    checks.positive("optax.warmup_constant_schedule", warmup_steps=warmup_steps)

    def schedule(step: ArrayLike) -> jax.Array:
        return between(step, init_value, peak_value, warmup_steps)

    return ending(schedule, warmup_steps)


def _check(
    owner: str, init_value: ArrayLike, end_value: ArrayLike, transition_steps: ArrayLike, transition_begin: ArrayLike
) -> None:
    checks.nonnegative(owner, init_value=init_value, end_value=end_value, transition_begin=transition_begin)
    checks.positive(owner, transition_steps=transition_steps)
