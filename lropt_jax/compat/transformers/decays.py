"""Constant, straight and power schedules, compared with transformers 5.23.0."""

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.curves import fall
from lropt_jax._core.kinds import Height, Positive, Steps, StepsFromZero
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import count, minus, real, remaining
from lropt_jax._core.relations import above
from lropt_jax.compat.transformers.rise import decay_steps, warmed_up
from lropt_jax.schedules import constant


@lift
def get_constant_schedule(base_lr: Height) -> optax.Schedule:
    """Keep the rate.

    Args:
        base_lr: The optimizer's rate, >= 0.

    Returns:
        A schedule: `schedules.constant`.

    Raises:
        ValueError: `base_lr` is negative or not finite.

    Example:
        >>> get_constant_schedule(0.5)(7)
        Array(0.5, dtype=float32)
    """
    return constant(base_lr)


@lift
def get_constant_schedule_with_warmup(base_lr: Height, num_warmup_steps: StepsFromZero) -> optax.Schedule:
    """Rise in a straight line, then keep the rate: `base_lr min(t / num_warmup_steps, 1)`.

    The first update moves nothing.

    Args:
        base_lr: The optimizer's rate, >= 0.
        num_warmup_steps: Length of the rise, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> get_constant_schedule_with_warmup(1.0, 2)(jnp.arange(4))
        Array([0. , 0.5, 1. , 1. ], dtype=float32)
    """
    return warmed_up(base_lr, num_warmup_steps, lambda time: real(1), num_warmup_steps)


@lift
def get_linear_schedule_with_warmup(
    base_lr: Height, num_warmup_steps: StepsFromZero, num_training_steps: Steps
) -> optax.Schedule:
    """Rise in a straight line from 0, then fall in one to 0 at `num_training_steps`, and stay.

    With the warmup `W` and the run `N`: `base_lr t / W` for `t < W`, then `base_lr (N - t) / (N - W)`. The first update
    moves nothing. A warmup longer than the run goes on to its own end; then the rate is 0 at once.

    Args:
        base_lr: The optimizer's rate, >= 0.
        num_warmup_steps: Length of the rise, >= 0.
        num_training_steps: Length of the run, > 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> get_linear_schedule_with_warmup(1.0, 2, 4)(jnp.arange(5))
        Array([0. , 0.5, 1. , 0.5, 0. ], dtype=float32)
    """

    def left(time: jax.Array) -> jax.Array:
        steps = minus(minus(num_training_steps, num_warmup_steps), time)
        return jnp.maximum(real(steps) / real(decay_steps(num_warmup_steps, num_training_steps)), 0)

    return warmed_up(base_lr, num_warmup_steps, left, jnp.maximum(count(num_warmup_steps), count(num_training_steps)))


@lift
def get_polynomial_decay_schedule_with_warmup(
    base_lr: Height,
    num_warmup_steps: StepsFromZero,
    num_training_steps: Steps,
    lr_end: Height = 1e-7,
    power: Positive = 1.0,
) -> optax.Schedule:
    """Rise in a straight line from 0, then fall to `lr_end` as a power of what is left, and stay.

    With the warmup `W` and the run `N`: `base_lr t / W` for `t < W`, then
    `lr_end + (base_lr - lr_end) (1 - (t - W) / (N - W))^power`. The first update moves nothing. With `N = W` the
    library divides by 0; this refuses it. For a parameter group with its own rate the library scales `lr_end` by that
    rate over the optimizer's default rate: give the scaled `lr_end` here.

    Args:
        base_lr: The optimizer's rate, >= 0 and > `lr_end`.
        num_warmup_steps: Length of the rise, >= 0.
        num_training_steps: Length of the run, > 0 and > `num_warmup_steps`.
        lr_end: The rate at the end and after it, >= 0.
        power: The exponent, > 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> get_polynomial_decay_schedule_with_warmup(1.0, 2, 6, lr_end=0.0, power=2.0)(jnp.array([1, 2, 4, 6]))
        Array([0.5 , 1.  , 0.25, 0.  ], dtype=float32)
    """

    def factor(time: jax.Array) -> jax.Array:
        left = remaining(time, minus(num_training_steps, num_warmup_steps))
        least = real(lr_end) / real(base_lr)
        return least + (1 - least) * fall("polynomial", left, power=power)

    return warmed_up(base_lr, num_warmup_steps, factor, num_training_steps)


@get_polynomial_decay_schedule_with_warmup.requires
def _(base_lr: Height, num_warmup_steps: StepsFromZero, num_training_steps: Steps, lr_end: Height) -> None:
    above(lr_end, "lr_end", base_lr=base_lr)
    above(num_warmup_steps, "num_warmup_steps", num_training_steps=num_training_steps)


@lift
def get_inverse_sqrt_schedule(
    base_lr: Height, num_warmup_steps: StepsFromZero, timescale: Steps | None = None
) -> optax.Schedule:
    """Rise in a straight line from 0, then fall like one over the root of the time.

    With the warmup `W`: `base_lr t / W` for `t < W`, then `base_lr sqrt(timescale / (t - W + timescale))`. The first
    update moves nothing unless `W = 0`.

    Args:
        base_lr: The optimizer's rate, >= 0.
        num_warmup_steps: Length of the rise, >= 0.
        timescale: Steps after the warmup until the rate is `base_lr / sqrt(2)`, > 0. None: `num_warmup_steps`, or
            10,000 if that is 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> get_inverse_sqrt_schedule(1.0, 4)(jnp.array([0, 2, 4, 16]))
        Array([0. , 0.5, 1. , 0.5], dtype=float32)
    """

    def factor(time: jax.Array) -> jax.Array:
        warmup = real(num_warmup_steps)
        scale = jnp.where(warmup > 0, warmup, 10_000) if timescale is None else real(timescale)
        return jnp.sqrt(scale / (real(time) + scale))

    return warmed_up(base_lr, num_warmup_steps, factor)
