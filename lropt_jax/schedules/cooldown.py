"""A tail that any schedule can be ended with."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import at, real, remaining


@lift
def cooldown(
    schedule: optax.ScalarOrSchedule,
    start: ArrayLike,
    steps: ArrayLike,
    *,
    shape: str = "linear",
    floor: ArrayLike = 0.0,
) -> optax.Schedule:
    """Follow a schedule up to a step, then fall from the rate reached there to `floor`, and stay.

    `rate(t) = schedule(t)` for `t < start`; after it `floor + (schedule(start) - floor) fall(u)` with
    `u = min((t - start) / steps, 1)` and `fall(u) = 1 - u` (linear), `(1 + cos(pi u)) / 2` (cosine) or
    `1 - sqrt(u)` (1-sqrt; Hägele et al. 2024, arXiv:2405.18392, who found it the best).

    Branches a finished model off a run that goes on: take any checkpoint and let it cool down for a tenth or a
    fifth of the steps made. `cooldown(warmup(peak, w), steps - c, c)` is the trapezoid called warmup-stable-decay (Hu
    et al. 2024, arXiv:2404.06395).

    Args:
        schedule: What runs until then: a schedule, or a number for a constant rate.
        start: The first step of the tail, >= 0.
        steps: Length of the tail in updates, > 0.
        shape: `"linear"`, `"cosine"` or `"1-sqrt"`.
        floor: The rate at the end and after it, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> cooldown(1.0, 2, 4)(jnp.arange(7))
        Array([1.  , 1.  , 1.  , 0.75, 0.5 , 0.25, 0.  ], dtype=float32)
    """
    checks.schedulable(checks.nonnegative, "cooldown", schedule=schedule)
    checks.nonnegative("cooldown", start=start, floor=floor)
    checks.positive("cooldown", steps=steps)
    checks.one_of("cooldown", ("linear", "cosine", "1-sqrt"), shape=shape)

    def cooled(step: ArrayLike) -> jax.Array:
        step, bottom = jnp.asarray(step), real(floor)
        tail = bottom + (at(schedule, start) - bottom) * _fall(shape, remaining(step - start, steps))
        return jnp.where(step < start, at(schedule, step), tail)

    return cooled


def _fall(shape: str, left: jax.Array) -> jax.Array:
    """From 1 where all of the tail is left to 0 where nothing is; the slopes are finite at both ends."""
    if shape == "linear":
        return left
    if shape == "cosine":
        return jnp.sin(jnp.pi / 2 * left) ** 2
    begun = left < 1
    return 1 - jnp.where(begun, jnp.sqrt(jnp.where(begun, 1 - left, 1)), 0)
