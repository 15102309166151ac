"""A rise before any schedule."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import at, progress, real


@lift
def warmup(schedule: optax.ScalarOrSchedule, steps: ArrayLike, *, start: ArrayLike | None = None) -> optax.Schedule:
    """Rise in a straight line to where a schedule begins, then follow it from its own step 0.

    `rate(t) = schedule(0) (t + 1) / steps` for `t < steps`, `schedule(t - steps)` after it; with `start` the rise is
    `start + (schedule(0) - start) t / steps`.

    The first update already moves, and update number `steps` has the full rate (Goyal et al. 2017, arXiv:1706.02677).
    Adam's second moment needs about `2 / (1 - b2)` steps to settle, a good length for it (Ma and Yarats 2021,
    arXiv:1910.04209). The rise is in addition to the schedule's horizon: `warmup(cosine(1e-3, 900), 100)` ends at
    step 1000. Optax's `warmup_cosine_decay_schedule` counts the rise inside its `decay_steps` and starts at exactly
    `init_value`: that is `start=init_value` here.

    Args:
        schedule: What follows: a schedule, or a number for a constant rate.
        steps: Length of the rise in updates, > 0.
        start: The rate of the very first update, >= 0. None: `schedule(0) / steps`.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> warmup(1.0, 4)(jnp.arange(6))
        Array([0.25, 0.5 , 0.75, 1.  , 1.  , 1.  ], dtype=float32)
    """
    checks.schedulable(checks.nonnegative, "warmup", schedule=schedule)
    checks.positive("warmup", steps=steps)
    if start is not None:
        checks.nonnegative("warmup", start=start)

    def warmed(step: ArrayLike) -> jax.Array:
        step = jnp.asarray(step)
        peak = at(schedule, jnp.zeros_like(step))
        if start is None:
            rise = peak * progress(step + 1, steps)
        else:
            rise = real(start) + (peak - real(start)) * progress(step, steps)
        return jnp.where(step < steps, rise, at(schedule, jnp.maximum(step - steps, 0)))

    return warmed
