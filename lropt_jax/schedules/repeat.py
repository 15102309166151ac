"""A schedule again and again."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.kinds import AnySchedule, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import rate_at
from lropt_jax._core.periods import whole_periods


@lift
def repeat(schedule: AnySchedule, steps: Steps) -> optax.Schedule:
    """Begin a schedule anew after every `steps` steps: `rate(t) = schedule(t mod steps)`.

    The gradient by `steps` is that of the position within a period; the number of periods counts as constant.

    Args:
        schedule: A schedule, or a number >= 0 for a constant rate.
        steps: Length of a period in updates, > 0.

    Returns:
        A schedule.

    Raises:
        ValueError: `steps` is not positive.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.schedules import linear
        >>> repeat(linear(1.0, 2), 2)(jnp.arange(5))
        Array([1. , 0.5, 1. , 0.5, 1. ], dtype=float32)
    """

    def repeated(step: ArrayLike) -> jax.Array:
        since = whole_periods(step, steps)[1]
        return rate_at(schedule, since - xp.stop_gradient(xp.minimum(since, 0)))  # rounding may leave it below 0

    return repeated
