"""Cosines down to a least rate, compared with transformers 5.23.0."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import count, minus, real
from lropt_jax.compat.transformers.cosines import waves
from lropt_jax.compat.transformers.rise import check_run, decay_steps, risen


@lift
def get_cosine_with_min_lr_schedule_with_warmup(
    base_lr: ArrayLike,
    num_warmup_steps: ArrayLike,
    num_training_steps: ArrayLike,
    num_cycles: ArrayLike = 0.5,
    min_lr: ArrayLike | None = None,
    min_lr_rate: ArrayLike | None = None,
) -> optax.Schedule:
    """Rise in a straight line from 0, then follow cosine waves between `base_lr` and a least rate.

    With the warmup `W` and the run `N`: `base_lr t / W` for `t < W`, then
    `min_lr + (base_lr - min_lr) (1 + cos(2 pi num_cycles (t - W) / (N - W))) / 2`. The rise comes from 0, below the
    least rate: the first update moves nothing. After `N` the rate rises again. Where `N - W < 1` the library puts 1
    for it. In parameter groups with rates of their own `min_lr` is by the optimizer's default rate: give `min_lr_rate`.

    Args:
        base_lr: The optimizer's rate, >= 0; > 0 with `min_lr`.
        num_warmup_steps: Length of the rise, >= 0.
        num_training_steps: Length of the run, > 0 and >= `num_warmup_steps`.
        num_cycles: Waves between warmup and end, >= 0.
        min_lr: The least rate, >= 0. Above `base_lr` the waves begin at their foot.
        min_lr_rate: The least rate by `base_lr`, in [0, 1]. Give one of the two.

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
    owner = "transformers.get_cosine_with_min_lr_schedule_with_warmup"
    checks.nonnegative(owner, num_cycles=num_cycles)
    check_run(owner, num_warmup_steps, num_training_steps)
    least = _least(owner, base_lr, min_lr, min_lr_rate)

    def factor(time: jax.Array) -> jax.Array:
        steps = decay_steps(num_warmup_steps, num_training_steps)
        return least + (1 - least) * waves(minus(steps, time), steps, num_cycles)

    return risen(base_lr, num_warmup_steps, factor)


@lift
def get_cosine_with_min_lr_schedule_with_warmup_lr_rate(
    base_lr: ArrayLike,
    num_warmup_steps: ArrayLike,
    num_training_steps: ArrayLike,
    num_cycles: ArrayLike = 0.5,
    min_lr: ArrayLike | None = None,
    min_lr_rate: ArrayLike | None = None,
    warmup_lr_rate: ArrayLike | None = None,
) -> optax.Schedule:
    """Rise in a straight line from above 0, then follow cosine waves between `base_lr` and a least rate.

    Counts one step more than `get_cosine_with_min_lr_schedule_with_warmup`. With the warmup `W` and the run `N`:
    `base_lr (t + 1) / W`, or `base_lr (w + (1 - w) t / (W - 1))` with `w = warmup_lr_rate`, for `t < W`, then
    `min_lr + (base_lr - min_lr) (1 + cos(2 pi num_cycles (t + 1 - W) / (N - W))) / 2`. The least rate is that of the
    last update, `t = N - 1`; after it the rate rises again. Where `N - W` or `W - 1` is below 1 the library puts 1 for
    it. In parameter groups with rates of their own `min_lr` is by the optimizer's default rate: give `min_lr_rate`.

    Args:
        base_lr: The optimizer's rate, >= 0; > 0 with `min_lr`.
        num_warmup_steps: Length of the rise, >= 0.
        num_training_steps: Length of the run, > 0 and >= `num_warmup_steps`.
        num_cycles: Waves between warmup and end, >= 0.
        min_lr: The least rate, >= 0. Above `base_lr` the waves begin at their foot.
        min_lr_rate: The least rate by `base_lr`, in [0, 1]. Give one of the two.
        warmup_lr_rate: The first rate by `base_lr`, in [0, 1]. None: one over the length of the rise.

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
    owner = "transformers.get_cosine_with_min_lr_schedule_with_warmup_lr_rate"
    checks.nonnegative(owner, num_cycles=num_cycles)
    check_run(owner, num_warmup_steps, num_training_steps)
    least = _least(owner, base_lr, min_lr, min_lr_rate)
    if warmup_lr_rate is not None:
        checks.fraction(owner, warmup_lr_rate=warmup_lr_rate)

    def schedule(step: ArrayLike) -> jax.Array:
        steps = decay_steps(num_warmup_steps, num_training_steps)
        left = minus(minus(steps, jnp.maximum(minus(step, num_warmup_steps), 0)), 1)
        fallen = least + (1 - least) * waves(left, steps, num_cycles)
        rise = _rise(step, num_warmup_steps, warmup_lr_rate)
        return real(base_lr) * jnp.where(step < count(num_warmup_steps), rise, fallen)

    return schedule


def _least(owner: str, base_lr: ArrayLike, min_lr: ArrayLike | None, min_lr_rate: ArrayLike | None) -> jax.Array:
    """The least rate by `base_lr`, whichever way it is given."""
    if min_lr is not None and min_lr_rate is None:
        checks.positive(owner, base_lr=base_lr)
        checks.nonnegative(owner, min_lr=min_lr)
        return real(min_lr) / real(base_lr)
    if min_lr_rate is not None and min_lr is None:
        checks.nonnegative(owner, base_lr=base_lr)
        checks.fraction(owner, min_lr_rate=min_lr_rate)
        return real(min_lr_rate)
    raise ValueError(f"{owner}: min_lr or min_lr_rate must be given, one of them, got {min_lr} and {min_lr_rate}.")


def _rise(step: ArrayLike, steps: ArrayLike, start: ArrayLike | None) -> jax.Array:
    """From one over the steps, or from `start`, to 1 at the last of them."""
    if start is None:
        return (real(step) + 1) / jnp.maximum(real(steps), 1)
    return real(start) + (1 - real(start)) * real(step) / jnp.maximum(real(steps) - 1, 1)
