"""Constant, straight and power schedules, compared with transformers 5.23.0."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.curves import fall
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import count, minus, real, remaining
from lropt_jax.compat.transformers.rise import decay_steps, risen
from lropt_jax.schedules import constant


@lift
def get_constant_schedule(base_lr: ArrayLike) -> optax.Schedule:
    """Keep the rate.

    Args:
        base_lr: The optimizer's rate, >= 0.

    Returns:
        A schedule; `schedules.constant`.

    Raises:
        ValueError: `base_lr` is negative or not finite.

    Example:
        >>> get_constant_schedule(0.5)(7)
        Array(0.5, dtype=float32)
    """
    checks.nonnegative("transformers.get_constant_schedule", base_lr=base_lr)
    return constant(base_lr)


@lift
def get_constant_schedule_with_warmup(base_lr: ArrayLike, num_warmup_steps: ArrayLike) -> optax.Schedule:
    """Rise in a straight line, then keep the rate: `base_lr min(t / num_warmup_steps, 1)`.

    The rate of step 0 is 0: the first update moves nothing, here and wherever this library's warmup is.

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
    checks.nonnegative(
        "transformers.get_constant_schedule_with_warmup", base_lr=base_lr, num_warmup_steps=num_warmup_steps
    )
    return risen(base_lr, num_warmup_steps, lambda time: real(1), num_warmup_steps)


@lift
def get_linear_schedule_with_warmup(
    base_lr: ArrayLike, num_warmup_steps: ArrayLike, num_training_steps: ArrayLike
) -> optax.Schedule:
    """Rise in a straight line from 0, then fall in one to 0 at `num_training_steps`, and stay.

    With the warmup `W` and the run `N`: `base_lr t / W` for `t < W`, then `base_lr (N - t) / (N - W)`. The first update
    moves nothing. A warmup longer than the run goes on to its own end, and the rate falls from there to 0 at once.

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
    checks.nonnegative(
        "transformers.get_linear_schedule_with_warmup", base_lr=base_lr, num_warmup_steps=num_warmup_steps
    )
    checks.positive("transformers.get_linear_schedule_with_warmup", num_training_steps=num_training_steps)

    def left(time: jax.Array) -> jax.Array:
        steps = minus(minus(num_training_steps, num_warmup_steps), time)
        return jnp.maximum(real(steps) / real(decay_steps(num_warmup_steps, num_training_steps)), 0)

    return risen(base_lr, num_warmup_steps, left, jnp.maximum(count(num_warmup_steps), count(num_training_steps)))


@lift
def get_polynomial_decay_schedule_with_warmup(
    base_lr: ArrayLike,
    num_warmup_steps: ArrayLike,
    num_training_steps: ArrayLike,
    lr_end: ArrayLike = 1e-7,
    power: ArrayLike = 1.0,
) -> optax.Schedule:
    """Rise in a straight line from 0, then fall to `lr_end` as a power of what is left, and stay.

    With the warmup `W` and the run `N`: `base_lr t / W` for `t < W`, then
    `lr_end + (base_lr - lr_end) (1 - (t - W) / (N - W))^power`. The first update moves nothing. The library divides by
    0 where `N = W`. It scales `lr_end` in parameter groups with rates of their own: give `lr_end` times the group's
    rate by the optimizer's default there.

    Args:
        base_lr: The optimizer's rate, > `lr_end`.
        num_warmup_steps: Length of the rise, >= 0.
        num_training_steps: Length of the run, > `num_warmup_steps`.
        lr_end: The rate at the end and after it, >= 0.
        power: Exponent, > 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> get_polynomial_decay_schedule_with_warmup(1.0, 2, 6, lr_end=0.0, power=2.0)(jnp.array([1, 2, 4, 6]))
        Array([0.5 , 1.  , 0.25, 0.  ], dtype=float32)
    """
    owner = "transformers.get_polynomial_decay_schedule_with_warmup"
    checks.nonnegative(owner, base_lr=base_lr, num_warmup_steps=num_warmup_steps, lr_end=lr_end)
    checks.positive(owner, num_training_steps=num_training_steps, power=power)
    checks.above(owner, lr_end, "lr_end", base_lr=base_lr)
    checks.above(owner, num_warmup_steps, "num_warmup_steps", num_training_steps=num_training_steps)

    def factor(time: jax.Array) -> jax.Array:
        left = remaining(time, minus(num_training_steps, num_warmup_steps))
        least = real(lr_end) / real(base_lr)
        return least + (1 - least) * fall("polynomial", left, power=power)

    return risen(base_lr, num_warmup_steps, factor, num_training_steps)


@lift
def get_inverse_sqrt_schedule(
    base_lr: ArrayLike, num_warmup_steps: ArrayLike, timescale: ArrayLike | None = None
) -> optax.Schedule:
    """Rise in a straight line from 0, then fall like one over the root of the time.

    With the warmup `W`: `base_lr t / W` for `t < W`, then `base_lr sqrt(timescale / (t - W + timescale))`. The first
    update moves nothing unless `W = 0`.

    Args:
        base_lr: The optimizer's rate, >= 0.
        num_warmup_steps: Length of the rise, >= 0.
        timescale: Steps after the warmup until the rate is `base_lr / sqrt(2)`, > 0. None: `num_warmup_steps`, or
            10,000 where that is 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> get_inverse_sqrt_schedule(1.0, 4)(jnp.array([0, 2, 4, 16]))
        Array([0. , 0.5, 1. , 0.5], dtype=float32)
    """
    checks.nonnegative("transformers.get_inverse_sqrt_schedule", base_lr=base_lr, num_warmup_steps=num_warmup_steps)
    if timescale is not None:
        checks.positive("transformers.get_inverse_sqrt_schedule", timescale=timescale)

    def factor(time: jax.Array) -> jax.Array:
        warmup = real(num_warmup_steps)
        scale = jnp.where(warmup > 0, warmup, 10_000) if timescale is None else real(timescale)
        return jnp.sqrt(scale / (real(time) + scale))

    return risen(base_lr, num_warmup_steps, factor)
