"""Optax's constants, lines and powers."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.curves import between, fall, lack
from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import Height, Positive, Steps, StepsFromZero
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import minus, plus, progress, real, remaining
from lropt_jax.schedules import constant


@lift
def constant_schedule(value: Height) -> optax.Schedule:
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
    return constant(value)


@lift
def linear_schedule(
    init_value: Height, end_value: Height, transition_steps: Steps, transition_begin: StepsFromZero = 0
) -> optax.Schedule:
    """Go straight from `init_value` to `end_value` over `transition_steps`, from `transition_begin` on, and stay.

    Two arguments that Optax takes are refused here. With `transition_steps` of 0 or less Optax logs a message and stays
    at `init_value`. For a `transition_begin` below 0 it logs a message and takes 0.

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

    def schedule(step: ArrayLike) -> jax.Array:
        return between(jnp.maximum(minus(step, transition_begin), 0), init_value, end_value, transition_steps)

    return with_end(schedule, plus(transition_begin, transition_steps))


@lift
def polynomial_schedule(
    init_value: Height,
    end_value: Height,
    power: Positive,
    transition_steps: Steps,
    transition_begin: StepsFromZero = 0,
) -> optax.Schedule:
    """Go from `init_value` to `end_value` as a power of the share that is left, and stay.

    `rate(t) = end_value + (init_value - end_value) (1 - u)^power`, `u = (t - transition_begin) / transition_steps` kept
    within [0, 1]. What `linear_schedule` refuses is refused here too, and so is a power of 0 or less. Optax takes it:
    with 0 the rate stays at `init_value`, below 0 it has no bound.

    Args:
        init_value: The rate before, >= 0.
        end_value: The rate after, >= 0.
        power: Exponent of the share that is left, > 0.
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

    def schedule(step: ArrayLike) -> jax.Array:
        since = jnp.maximum(minus(step, transition_begin), 0)
        left, over = remaining(since, transition_steps), progress(since, transition_steps)
        return real(init_value) * fall("polynomial", left, power=power) + real(end_value) * lack(left, over, power)

    return with_end(schedule, plus(transition_begin, transition_steps))


@lift
def warmup_constant_schedule(init_value: Height, peak_value: Height, warmup_steps: Steps) -> optax.Schedule:
    """Go straight from `init_value` to `peak_value` over `warmup_steps`, and stay.

    A `warmup_steps` of 0 is refused here. Optax takes it and stays at `init_value`, below the peak.

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

    def schedule(step: ArrayLike) -> jax.Array:
        return between(step, init_value, peak_value, warmup_steps)

    return with_end(schedule, warmup_steps)
