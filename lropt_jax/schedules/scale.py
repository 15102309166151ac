"""A schedule times a number."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core.ends import end_of, with_end
from lropt_jax._core.kinds import AnySchedule, NonNegative
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise, rate_at


@lift
def scale(schedule: AnySchedule, factor: NonNegative) -> optax.Schedule:
    """Multiply every rate of a schedule: `rate(t) = factor * schedule(t)`.

    `0.5 * schedule`, `schedule * 0.5` and `schedule / 2` write the same.

    Args:
        schedule: A schedule, or a number >= 0 for a constant rate.
        factor: The factor, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> from lropt_jax.schedules import linear
        >>> scale(linear(1.0, 4), 0.5)(1)
        Array(0.375, dtype=float32)
        >>> 0.5 * linear(1.0, 4) == scale(linear(1.0, 4), 0.5)
        True
    """

    def scaled(step: ArrayLike) -> jax.Array:
        return precise(factor) * rate_at(schedule, step)

    return with_end(scaled, lambda: end_of(schedule))
