"""A hyperbolic tangent down."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import Finite, Height, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise, progress


@lift
def tanh(
    peak: Height, steps: Steps, *, lower: Finite = -7.0, upper: Finite = 3.0, floor: Height = 0.0
) -> optax.Schedule:
    """Fall along a hyperbolic tangent from nearly `peak` to nearly `floor` over `steps`, then stay.

    `rate(t) = floor + (peak - floor) (1 - tanh(lower + (upper - lower) u)) / 2`, `u = min(t / steps, 1)` (Hsueh et al.
    2019, arXiv:1806.01593)

    It is above the middle for `-lower / (upper - lower)` of the run, 0.7 by default. It reaches neither end exactly: by
    default the first rate is 8e-7 of the range below `peak`, the last one 2.5e-3 of it above `floor`. This is timm's
    `TanhLRScheduler`.

    Args:
        peak: The rate from which it falls, >= 0.
        steps: Length of the fall in updates, > 0.
        lower: Argument of the tangent at the start, finite.
        upper: Argument of the tangent at the end, finite.
        floor: The rate towards which it falls, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tanh(1.0, 10)(jnp.array([0, 7, 10])).round(4)
        Array([1.    , 0.5   , 0.0025], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        top, bottom, u = precise(peak), precise(floor), progress(step, steps)
        argument = precise(lower) + (precise(upper) - precise(lower)) * u
        return bottom + (top - bottom) * (1 - xp.tanh(argument)) / 2

    return with_end(schedule, steps)
