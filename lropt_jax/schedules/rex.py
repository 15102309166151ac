"""Reflected exponential: linear with a late fall."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import Height, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise, remaining


@lift
def rex(peak: Height, steps: Steps, *, floor: Height = 0.0) -> optax.Schedule:
    """Fall from `peak` to `floor` over `steps`, slowly first and fast at the end, then stay.

    `rate(t) = floor + (peak - floor) (1 - u) / (1 - u / 2)`, `u = min(t / steps, 1)` (Chen et al. 2022,
    arXiv:2107.04197)

    It lies between linear and a constant rate. Choose it for short runs, where linear slows down too early.

    Args:
        peak: The rate at step 0, >= 0.
        steps: Length of the fall in updates, > 0.
        floor: The rate at the end and after it, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> rex(1.0, 4)(jnp.array([0, 2, 4])).round(4)
        Array([1.    , 0.6667, 0.    ], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        top, bottom, left = precise(peak), precise(floor), remaining(step, steps)
        return bottom + (top - bottom) * 2 * left / (1 + left)

    return with_end(schedule, steps)
