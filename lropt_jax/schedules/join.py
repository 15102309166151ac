"""One schedule after another."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import at


@lift
def join(schedules: Sequence[optax.ScalarOrSchedule], boundaries: Sequence[ArrayLike] | jax.Array) -> optax.Schedule:
    """Follow each schedule up to its boundary, then the next one from its own step 0.

    `rate(t) = schedules[i](t - boundaries[i - 1])` for `boundaries[i - 1] <= t < boundaries[i]`

    Every piece sees steps of its own, never negative ones. Nothing is handed over: a piece begins where its own
    numbers say. Optax's `join_schedules`, with boundaries that can be traced.

    Args:
        schedules: The pieces: schedules, or numbers for constant rates; at least one.
        boundaries: The steps at which the next piece begins, in ascending order, each > 0; one fewer than pieces.

    Returns:
        A schedule.

    Raises:
        ValueError: The counts do not fit, or the boundaries are not in order.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.schedules import linear
        >>> join([1.0, linear(0.5, 2)], [2])(jnp.arange(5))
        Array([1.  , 1.  , 0.5 , 0.25, 0.  ], dtype=float32)
    """
    if len(boundaries) != len(schedules) - 1:
        got = f"{len(boundaries)} for {len(schedules)} schedules"
        raise ValueError(f"join: boundaries must be one fewer than schedules, got {got}.")
    for piece in schedules:
        checks.schedulable(checks.nonnegative, "join", schedules=piece)
    if len(boundaries):
        checks.ascending("join", boundaries=boundaries)

    def joined(step: ArrayLike) -> jax.Array:
        step = jnp.asarray(step)
        rate = jnp.broadcast_to(at(schedules[0], step), step.shape)
        for piece, boundary in zip(schedules[1:], boundaries, strict=True):
            rate = jnp.where(step < boundary, rate, at(piece, jnp.maximum(step - boundary, 0)))
        return rate

    return joined
