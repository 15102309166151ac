"""Optax's exponentials."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.kinds import Height, Positive, Steps, StepsFromZero
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import minus, raised, real
from lropt_jax._core.periods import whole_periods
from lropt_jax._core.rises import with_rise


@lift
def exponential_decay(
    init_value: Height,
    transition_steps: Steps,
    decay_rate: Positive,
    transition_begin: StepsFromZero = 0,
    staircase: bool = False,
    end_value: Height | None = None,
) -> optax.Schedule:
    """Multiply by `decay_rate` over every `transition_steps` steps, smoothly or at once, up to `end_value`.

    `rate(t) = init_value decay_rate^u`, `u = max(t - transition_begin, 0) / transition_steps`, rounded down with
    `staircase`. `end_value` is the least rate where `decay_rate` is below 1, else the largest.

    Four arguments that Optax takes are refused here. With `transition_steps` of 0 or less, or a `decay_rate` of 0,
    Optax logs a message and stays at `init_value`. For a `transition_begin` below 0 it logs a message and takes 0. A
    `decay_rate` below 0 has no powers.

    Args:
        init_value: The first rate, >= 0.
        transition_steps: Steps in which the rate is multiplied by `decay_rate` once, > 0.
        decay_rate: The factor, > 0.
        transition_begin: Steps before the first decay, >= 0.
        staircase: Multiply at the end of every `transition_steps`, and not between.
        end_value: The bound, >= 0. None: no bound.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> exponential_decay(1.0, 2, 0.5, staircase=True, end_value=0.3)(jnp.arange(6))
        Array([1. , 1. , 0.5, 0.5, 0.3, 0.3], dtype=float32)
    """
    return _decay(init_value, transition_steps, decay_rate, transition_begin, staircase, end_value)


@lift
def warmup_exponential_decay_schedule(
    init_value: Height,
    peak_value: Height,
    warmup_steps: StepsFromZero,
    transition_steps: Steps,
    decay_rate: Positive,
    transition_begin: StepsFromZero = 0,
    staircase: bool = False,
    end_value: Height | None = None,
) -> optax.Schedule:
    """Go straight from `init_value` to `peak_value` over `warmup_steps`, then on as `exponential_decay`.

    The decay and its `transition_begin` count from the end of the rise. What `exponential_decay` refuses is refused
    here too.

    Args:
        init_value: The first rate, >= 0. At 0 the first update does nothing.
        peak_value: The rate at step `warmup_steps`, >= 0.
        warmup_steps: Length of the rise in steps, >= 0.
        transition_steps: Steps in which the rate is multiplied by `decay_rate` once, > 0.
        decay_rate: The factor, > 0.
        transition_begin: Steps between the rise and the decay, >= 0.
        staircase: Multiply at the end of every `transition_steps`, and not between.
        end_value: The bound, >= 0. None: no bound.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> warmup_exponential_decay_schedule(0.0, 1.0, 2, 1, 0.5)(jnp.arange(5))
        Array([0.  , 0.5 , 1.  , 0.5 , 0.25], dtype=float32)
    """
    decay = _decay(peak_value, transition_steps, decay_rate, transition_begin, staircase, end_value)
    return with_rise(decay, init_value, peak_value, warmup_steps)


def _decay(
    first: Height, steps: Steps, factor: Positive, begin: StepsFromZero, staircase: bool, bound: Height | None
) -> optax.Schedule:
    def schedule(step: ArrayLike) -> jax.Array:
        since = jnp.maximum(minus(step, begin), 0)
        times = whole_periods(since, steps)[0] if staircase else real(since) / real(steps)
        rate = real(first) * raised(factor, times)
        if bound is None:
            return rate
        return jnp.where(real(factor) < 1, jnp.maximum(rate, real(bound)), jnp.minimum(rate, real(bound)))

    return schedule
