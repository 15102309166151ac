"""A schedule kept between two rates."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.ends import end_of, with_end
from lropt_jax._core.kinds import AnySchedule, Height
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise, rate_at
from lropt_jax._core.relations import at_least


@lift
def clip(schedule: AnySchedule, *, floor: Height = 0.0, ceiling: Height | None = None) -> optax.Schedule:
    """Keep the rates of a schedule between a floor and a ceiling: `rate(t) = min(max(schedule(t), floor), ceiling)`.

    Args:
        schedule: A schedule, or a number >= 0 for a constant rate.
        floor: The least rate, >= 0.
        ceiling: The largest rate, >= 0 and at least `floor`. None: unlimited.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.schedules import linear
        >>> clip(linear(1.0, 4), floor=0.2, ceiling=0.6)(jnp.arange(5))
        Array([0.6 , 0.6 , 0.5 , 0.25, 0.2 ], dtype=float32)
    """

    def clipped(step: ArrayLike) -> jax.Array:
        rate = xp.maximum(rate_at(schedule, step), precise(floor))
        return rate if ceiling is None else xp.minimum(rate, precise(ceiling))

    return with_end(clipped, lambda: end_of(schedule))


@clip.requires
def _(floor: Height, ceiling: Height | None) -> None:
    at_least(floor, "floor", ceiling=ceiling)
