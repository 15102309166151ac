"""Cosines down to a least rate, compared with transformers 5.23.0."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.checking import check
from lropt_jax._core.kinds import Fraction, Height, NonNegative, Positive, Steps, StepsFromZero
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import before, minus, real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.relations import at_least
from lropt_jax.compat.transformers.cosines import waves
from lropt_jax.compat.transformers.rise import decay_steps, warmed_up


@lift
def get_cosine_with_min_lr_schedule_with_warmup(
    base_lr: Height,
    num_warmup_steps: StepsFromZero,
    num_training_steps: Steps,
    num_cycles: NonNegative = 0.5,
    min_lr: Height | None = None,
    min_lr_rate: Fraction | None = None,
) -> optax.Schedule:
    """Rise in a straight line from 0, then follow cosine waves between `base_lr` and a least rate.

    With the warmup `W` and the run `N`: `base_lr t / W` for `t < W`, then
    `min_lr + (base_lr - min_lr) (1 + cos(2 pi num_cycles (t - W) / (N - W))) / 2`. The rise comes from 0, below the
    least rate: the first update moves nothing. After `N` the rate rises again. The library takes `N - W` to be at least
    1. For parameter groups with their own rates give `min_lr_rate`: the library divides `min_lr` by the optimizer's
    default rate.

    Args:
        base_lr: The optimizer's rate, >= 0; > 0 with `min_lr`.
        num_warmup_steps: Length of the rise, >= 0.
        num_training_steps: Length of the run, > 0 and >= `num_warmup_steps`.
        num_cycles: Waves between warmup and end, >= 0.
        min_lr: The least rate, >= 0. None: `min_lr_rate` says it. Above `base_lr` the waves begin at their foot.
        min_lr_rate: The least rate over `base_lr`, in [0, 1]. None: `min_lr` says it.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range, or not exactly one of `min_lr` and `min_lr_rate` is given.

    Example:
        >>> import jax.numpy as jnp
        >>> schedule = get_cosine_with_min_lr_schedule_with_warmup(1.0, 2, 6, min_lr=0.5)
        >>> schedule(jnp.array([0, 2, 4, 6, 10])).round(2)
        Array([0.  , 1.  , 0.75, 0.5 , 1.  ], dtype=float32)
    """
    least = _least(base_lr, min_lr, min_lr_rate)

    def factor(time: jax.Array) -> jax.Array:
        steps = decay_steps(num_warmup_steps, num_training_steps)
        return least + (1 - least) * waves(minus(steps, time), steps, num_cycles)

    return warmed_up(base_lr, num_warmup_steps, factor)


@lift
def get_cosine_with_min_lr_schedule_with_warmup_lr_rate(
    base_lr: Height,
    num_warmup_steps: StepsFromZero,
    num_training_steps: Steps,
    num_cycles: NonNegative = 0.5,
    min_lr: Height | None = None,
    min_lr_rate: Fraction | None = None,
    warmup_lr_rate: Fraction | None = None,
) -> optax.Schedule:
    """Rise in a straight line from above 0, then follow cosine waves between `base_lr` and a least rate.

    Counts one step more than `get_cosine_with_min_lr_schedule_with_warmup`. With the warmup `W` and the run `N`:
    `base_lr (t + 1) / W`, or `base_lr (w + (1 - w) t / (W - 1))` with `w = warmup_lr_rate`, for `t < W`, then
    `min_lr + (base_lr - min_lr) (1 + cos(2 pi num_cycles (t + 1 - W) / (N - W))) / 2`. The least rate is that of the
    last update, `t = N - 1`; after it the rate rises again. The library takes `N - W` and `W - 1` to be at least 1. For
    parameter groups with their own rates give `min_lr_rate`: the library divides `min_lr` by the optimizer's default
    rate.

    Args:
        base_lr: The optimizer's rate, >= 0; > 0 with `min_lr`.
        num_warmup_steps: Length of the rise, >= 0.
        num_training_steps: Length of the run, > 0 and >= `num_warmup_steps`.
        num_cycles: Waves between warmup and end, >= 0.
        min_lr: The least rate, >= 0. None: `min_lr_rate` says it. Above `base_lr` the waves begin at their foot.
        min_lr_rate: The least rate over `base_lr`, in [0, 1]. None: `min_lr` says it.
        warmup_lr_rate: The first rate over `base_lr`, in [0, 1]. None: one over the length of the rise.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range, or not exactly one of `min_lr` and `min_lr_rate` is given.

    Example:
        >>> import jax.numpy as jnp
        >>> schedule = get_cosine_with_min_lr_schedule_with_warmup_lr_rate(1.0, 2, 6, min_lr=0.5)
        >>> schedule(jnp.array([0, 1, 3, 5, 9])).round(2)
        Array([0.5 , 1.  , 0.75, 0.5 , 1.  ], dtype=float32)
    """
    least = _least(base_lr, min_lr, min_lr_rate)

    def schedule(step: ArrayLike) -> jax.Array:
        steps = decay_steps(num_warmup_steps, num_training_steps)
        left = minus(minus(steps, jnp.maximum(minus(step, num_warmup_steps), 0)), 1)
        fallen = least + (1 - least) * waves(left, steps, num_cycles)
        rise = _rise(step, num_warmup_steps, warmup_lr_rate)
        return real(base_lr) * jnp.where(before(step, num_warmup_steps), rise, fallen)

    return schedule


@get_cosine_with_min_lr_schedule_with_warmup.requires
@get_cosine_with_min_lr_schedule_with_warmup_lr_rate.requires
def _(
    base_lr: Height,
    num_warmup_steps: StepsFromZero,
    num_training_steps: Steps,
    min_lr: Height | None,
    min_lr_rate: Fraction | None,
) -> None:
    at_least(num_warmup_steps, "num_warmup_steps", num_training_steps=num_training_steps)
    if (min_lr is None) == (min_lr_rate is None):
        raise Refused(f"min_lr or min_lr_rate must be given, one of them, got {min_lr} and {min_lr_rate}.")
    if min_lr is not None:
        check("base_lr", Positive, base_lr)


def _least(base_lr: Height, min_lr: Height | None, min_lr_rate: Fraction | None) -> jax.Array:
    """The least rate over `base_lr`, whichever of the two is given."""
    return real(min_lr) / real(base_lr) if min_lr_rate is None else real(min_lr_rate)  # type: ignore[arg-type]


def _rise(step: ArrayLike, steps: ArrayLike, start: ArrayLike | None) -> jax.Array:
    """From one over the steps, or from `start`, to 1 at the last of them."""
    if start is None:
        return (real(step) + 1) / jnp.maximum(real(steps), 1)
    return real(start) + (1 - real(start)) * real(step) / jnp.maximum(real(steps) - 1, 1)
