"""Optax's exponentials."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import minus, raised, real
from lropt_jax._core.rises import risen


@lift
def exponential_decay(
    init_value: ArrayLike,
    transition_steps: ArrayLike,
    decay_rate: ArrayLike,
    transition_begin: ArrayLike = 0,
    staircase: bool = False,
    end_value: ArrayLike | None = None,
) -> optax.Schedule:
    """Multiply by `decay_rate` over every `transition_steps` steps, smoothly or at once, up to `end_value`.

    `rate(t) = init_value decay_rate^u`, `u = max(t - transition_begin, 0) / transition_steps`, rounded down with
    `staircase`; no less than `end_value` where `decay_rate` is below 1, and no more otherwise. Optax takes four
    arguments that are refused here: with `transition_steps` of 0 or less, or a `decay_rate` of 0, it logs and stays at
    `init_value`, for a `transition_begin` below 0 it logs and takes 0, and a `decay_rate` below 0 has no powers.

    Args:
        init_value: The first rate, >= 0.
        transition_steps: Steps over which the rate is multiplied once, > 0.
        decay_rate: The factor, > 0.
        transition_begin: Steps before the first decay, >= 0.
        staircase: Multiply at the end of every `transition_steps` and not between.
        end_value: The bound, >= 0. None: there is none.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> exponential_decay(1.0, 2, 0.5, staircase=True, end_value=0.3)(jnp.arange(6))
        Array([1. , 1. , 0.5, 0.5, 0.3, 0.3], dtype=float32)
    """
    _check("optax.exponential_decay", init_value, transition_steps, decay_rate, transition_begin, end_value)
    return _decay(init_value, transition_steps, decay_rate, transition_begin, staircase, end_value)


@lift
def warmup_exponential_decay_schedule(
    init_value: ArrayLike,
    peak_value: ArrayLike,
    warmup_steps: ArrayLike,
    transition_steps: ArrayLike,
    decay_rate: ArrayLike,
    transition_begin: ArrayLike = 0,
    staircase: bool = False,
    end_value: ArrayLike | None = None,
) -> optax.Schedule:
    """Go straight from `init_value` to `peak_value` over `warmup_steps`, then on as `exponential_decay`.

    The decay counts its steps from the end of the rise, `transition_begin` too. What it refuses is refused here.

    Args:
        init_value: The first rate, >= 0. At 0 the first update does nothing.
        peak_value: The rate at step `warmup_steps`, >= 0.
        warmup_steps: Length of the rise in steps, >= 0.
        transition_steps: Steps over which the rate is multiplied once, > 0.
        decay_rate: The factor, > 0.
        transition_begin: Steps between the rise and the decay, >= 0.
        staircase: Multiply at the end of every `transition_steps` and not between.
        end_value: The bound, >= 0. None: there is none.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> warmup_exponential_decay_schedule(0.0, 1.0, 2, 1, 0.5)(jnp.arange(5))
        Array([0.  , 0.5 , 1.  , 0.5 , 0.25], dtype=float32)
    """
    owner = "optax.warmup_exponential_decay_schedule"
    _check(owner, init_value, transition_steps, decay_rate, transition_begin, end_value)
    checks.nonnegative(owner, peak_value=peak_value, warmup_steps=warmup_steps)
    decay = _decay(peak_value, transition_steps, decay_rate, transition_begin, staircase, end_value)
    return risen(decay, init_value, peak_value, warmup_steps)


def _check(
    owner: str,
    init_value: ArrayLike,
    transition_steps: ArrayLike,
    decay_rate: ArrayLike,
    transition_begin: ArrayLike,
    end_value: ArrayLike | None,
) -> None:
    checks.nonnegative(owner, init_value=init_value, transition_begin=transition_begin)
    checks.positive(owner, transition_steps=transition_steps, decay_rate=decay_rate)
    if end_value is not None:
        checks.nonnegative(owner, end_value=end_value)


def _decay(
    first: ArrayLike, steps: ArrayLike, factor: ArrayLike, begin: ArrayLike, staircase: bool, bound: ArrayLike | None
) -> optax.Schedule:
    def schedule(step: ArrayLike) -> jax.Array:
        since = jnp.maximum(minus(step, begin), 0)
        times = jnp.floor_divide(since, steps) if staircase else real(since) / real(steps)
        rate = real(first) * raised(factor, times)
        if bound is None:
            return rate
        return jnp.where(real(factor) < 1, jnp.maximum(rate, real(bound)), jnp.minimum(rate, real(bound)))

    return schedule
