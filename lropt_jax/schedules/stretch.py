"""The same curve over another horizon."""

from typing import Any

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core.between_steps import rate_slowed
from lropt_jax._core.ends import end_of, with_end
from lropt_jax._core.kinds import AnySchedule, Positive
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise


@lift
def stretch(schedule: AnySchedule, factor: Positive) -> optax.Schedule:
    """Run a schedule slower or faster: `rate(t) = schedule(t / factor)`.

    Every horizon inside it becomes `factor` times as long, the warmup too: one number scales a whole recipe.

    Args:
        schedule: A schedule, or a number >= 0 for a constant rate.
        factor: How many times as long, > 0.

    Returns:
        A schedule.

    Raises:
        ValueError: `factor` is not positive.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.schedules import linear
        >>> stretch(linear(1.0, 2), 2)(jnp.arange(5))
        Array([1.  , 0.75, 0.5 , 0.25, 0.  ], dtype=float32)
    """

    def stretched(step: ArrayLike) -> jax.Array:
        return rate_slowed(schedule, step, factor)

    def end() -> Any:
        planned = end_of(schedule)
        return None if planned is None else precise(factor) * precise(planned)

    return with_end(stretched, end)
