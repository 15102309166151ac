"""A schedule entered at a later step."""

from typing import Any

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.ends import end_of, with_end
from lropt_jax._core.kinds import AnySchedule, StepNumber
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import minus, plus, rate_at


@lift
def shift(schedule: AnySchedule, steps: StepNumber) -> optax.Schedule:
    """Begin a schedule at a later step: `rate(t) = schedule(t + steps)`.

    Choose it for a run whose counter starts again at 0 after `steps` updates, because the weights were loaded without
    the optimizer's state.

    Args:
        schedule: A schedule, or a number >= 0 for a constant rate.
        steps: Updates made before, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: `steps` is negative.

    Example:
        >>> from lropt_jax.schedules import linear
        >>> shift(linear(1.0, 4), 2)(1)
        Array(0.25, dtype=float32)
    """

    def shifted(step: ArrayLike) -> jax.Array:
        return rate_at(schedule, plus(step, steps))

    def end() -> Any:
        planned = end_of(schedule)
        return None if planned is None else xp.maximum(minus(planned, steps), 0)

    return with_end(shifted, end)
