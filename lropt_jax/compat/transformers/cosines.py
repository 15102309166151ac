"""Cosines down to 0, compared with transformers 5.23.0."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.curves import half_cosine
from lropt_jax._core.kinds import Height, NonNegative, Steps, StepsFromZero
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import alike, before, count, is_whole, minus, plus, real, remaining
from lropt_jax._core.periods import share_of, turned, whole_periods
from lropt_jax._core.relations import at_least
from lropt_jax.compat.transformers.rise import decay_steps, warmed_up


def waves(left: ArrayLike, steps: ArrayLike, cycles: ArrayLike) -> jax.Array:
    """`(1 + cos(2 pi cycles p)) / 2` at `p = 1 - left / steps`, exact at the foot of a wave that ends there."""
    left = jnp.asarray(left)
    after = left < 0  # the end of the run, from which both sides are counted
    runs, rest = (jnp.where(after, -part, part) for part in whole_periods(jnp.where(after, -left, left), steps))
    cycles, steps = real(cycles), real(steps)
    from_a_foot = jnp.abs(cycles * real(rest) + (turned(cycles, runs) - jnp.mod(cycles, 1) + 0.5) * steps)
    into = jnp.mod(from_a_foot, steps)
    return jnp.sin(jnp.pi * jnp.minimum(into, steps - into) / steps) ** 2


@lift
def get_cosine_schedule_with_warmup(
    base_lr: Height, num_warmup_steps: StepsFromZero, num_training_steps: Steps, num_cycles: NonNegative = 0.5
) -> optax.Schedule:
    """Rise in a straight line from 0, then follow cosine waves, the default half a wave down to 0.

    With the warmup `W` and the run `N`: `base_lr t / W` for `t < W`, then
    `base_lr (1 + cos(2 pi num_cycles (t - W) / (N - W))) / 2`. The first update moves nothing. After `N` the waves go
    on, and the rate rises again. The library takes `N - W` to be at least 1.

    Args:
        base_lr: The optimizer's rate, >= 0.
        num_warmup_steps: Length of the rise, >= 0.
        num_training_steps: Length of the run, > 0 and >= `num_warmup_steps`.
        num_cycles: Waves between warmup and end, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> get_cosine_schedule_with_warmup(1.0, 2, 6)(jnp.array([0, 2, 4, 6, 10])).round(2)
        Array([0. , 1. , 0.5, 0. , 1. ], dtype=float32)
    """

    def factor(time: jax.Array) -> jax.Array:
        steps = decay_steps(num_warmup_steps, num_training_steps)
        return waves(minus(steps, time), steps, num_cycles)

    return warmed_up(base_lr, num_warmup_steps, factor)


@lift
def get_cosine_with_hard_restarts_schedule_with_warmup(
    base_lr: Height, num_warmup_steps: StepsFromZero, num_training_steps: Steps, num_cycles: NonNegative = 1
) -> optax.Schedule:
    """Rise in a straight line from 0, then fall along half a cosine `num_cycles` times, and stay at 0.

    With the warmup `W` and the run `N`: `base_lr t / W` for `t < W`, then `base_lr (1 + cos(pi c)) / 2` where `c` is
    the fractional part of `num_cycles (t - W) / (N - W)`; 0 from `N` on. The first update moves nothing. A restart has
    the full rate. The library takes `N - W` to be at least 1: the rate is 0 one step after the warmup at the earliest.

    Args:
        base_lr: The optimizer's rate, >= 0.
        num_warmup_steps: Length of the rise, >= 0.
        num_training_steps: Length of the run, > 0 and >= `num_warmup_steps`.
        num_cycles: Falls between warmup and end, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> schedule = get_cosine_with_hard_restarts_schedule_with_warmup(1.0, 2, 10, num_cycles=2)
        >>> schedule(jnp.array([0, 2, 4, 6, 8, 10])).round(2)
        Array([0. , 1. , 0.5, 1. , 0.5, 0. ], dtype=float32)
    """
    steps = decay_steps(num_warmup_steps, num_training_steps)

    def factor(time: jax.Array) -> jax.Array:
        falls, since = count(num_cycles), jnp.minimum(*alike(time, steps))
        if is_whole(falls) and is_whole(since):  # each restart at its step
            into = share_of(since, falls, steps)[1]
        else:
            into = jnp.mod(real(falls) * real(since), real(steps))
        return jnp.where(before(time, steps), half_cosine(remaining(into, steps)), 0)

    return warmed_up(base_lr, num_warmup_steps, factor, plus(num_warmup_steps, steps))


@get_cosine_schedule_with_warmup.requires
@get_cosine_with_hard_restarts_schedule_with_warmup.requires
def _(num_warmup_steps: StepsFromZero, num_training_steps: Steps) -> None:
    at_least(num_warmup_steps, "num_warmup_steps", num_training_steps=num_training_steps)
