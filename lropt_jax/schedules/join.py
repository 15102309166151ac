"""One schedule after another."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.ends import later_end, with_end
from lropt_jax._core.kinds import AnySchedule, Boundaries
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import before, minus, precise, rate_at
from lropt_jax._core.refusal import Refused


@lift
def join(
    schedules: Sequence[AnySchedule],
    boundaries: Boundaries,
    *,
    hand_over: bool = False,
) -> optax.Schedule:
    """Follow each schedule up to its boundary, then the next one from its own step 0.

    `rate(t) = schedules[i](t - boundaries[i - 1])` for `boundaries[i - 1] <= t < boundaries[i]`

    Every piece counts its own steps from 0 and never sees a negative one. This is Optax's `join_schedules`, with
    boundaries that can be traced. A piece begins at its own first rate. With `hand_over` each piece after
    the first is multiplied by a factor, so that it begins at the rate that the piece before has reached.

    Args:
        schedules: The pieces: schedules, or numbers >= 0 for constant rates; at least one.
        boundaries: The steps at which the next piece begins, in ascending order, each > 0; one fewer than pieces.
        hand_over: Let each piece begin at the rate reached. A piece whose own first rate is 0 cannot, and stays at 0.

    Returns:
        A schedule.

    Raises:
        ValueError: The counts do not fit, or the boundaries are not in order.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.schedules import linear
        >>> join([1.0, linear(0.5, 2)], [2])(jnp.arange(5))
        Array([1.  , 1.  , 0.5 , 0.25, 0.  ], dtype=float32)
        >>> join([1.0, linear(0.5, 2)], [2], hand_over=True)(jnp.arange(5))
        Array([1. , 1. , 1. , 0.5, 0. ], dtype=float32)
    """

    def joined(step: ArrayLike) -> jax.Array:
        rate, factor, begun = xp.broadcast_to(rate_at(schedules[0], step), jnp.shape(step)), precise(1), 0
        for piece, following, boundary in zip(schedules, schedules[1:], boundaries, strict=False):
            if hand_over:
                factor = _carried(factor * rate_at(piece, minus(boundary, begun)), rate_at(following, 0))
            begun = boundary
            later = factor * rate_at(following, xp.maximum(minus(step, boundary), 0))
            rate = xp.where(before(step, boundary), rate, later)
        return rate

    return with_end(joined, lambda: later_end(schedules[-1], boundaries[-1] if len(boundaries) else 0))


@join.requires
def _(schedules: Sequence[AnySchedule], boundaries: Boundaries) -> None:
    if not len(schedules) or len(boundaries) != len(schedules) - 1:
        got = f"{len(boundaries)} for {len(schedules)} schedules"
        raise Refused(f"boundaries must be one fewer than schedules, got {got}.")


def _carried(reached: jax.Array, first: jax.Array) -> jax.Array:
    """The factor that lets a piece begin at the rate reached; 0 where the piece begins at 0."""
    some = first > 0
    return xp.where(some, reached / xp.where(some, first, 1), 0)
