"""A schedule again and again."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import at, count, minus
from lropt_jax._core.periods import fitting


@lift
def repeat(schedule: optax.Schedule, steps: ArrayLike) -> optax.Schedule:
    """Begin a schedule anew after every `steps` steps: `rate(t) = schedule(t mod steps)`.

    Nothing is differentiable in `steps` here but through the position within a period.

    Args:
        schedule: A schedule.
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
    checks.schedulable(checks.nonnegative, "repeat", schedule=schedule)
    checks.positive("repeat", steps=steps)

    def repeated(step: ArrayLike) -> jax.Array:
        since = minus(step, fitting(step, steps) * count(steps))
        return at(schedule, since - jax.lax.stop_gradient(jnp.minimum(since, 0)))  # rounding may leave it below 0

    return repeated
