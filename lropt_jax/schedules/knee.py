"""A constant rate, then a straight line down."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import BelowOne, Height, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise, remaining


@lift
def knee(peak: Height, steps: Steps, *, explore_fraction: BelowOne = 0.5, floor: Height = 0.0) -> optax.Schedule:
    """Explore at `peak` for a share of the run, then fall in a straight line to `floor` at `steps`, and stay.

    `rate(t) = floor + (peak - floor) min(1, (1 - u) / (1 - explore_fraction))`, `u = min(t / steps, 1)` (Iyer et al.
    2020, arXiv:2003.03977)

    Wide minima generalise better than narrow ones and are rarer, so the rate stays large until one is found. Half of
    the run was enough in the paper. A `warmup` comes before it and belongs to neither part. `cooldown` and `wsd` take
    the length of the tail in steps instead.

    Args:
        peak: The rate of the exploration, >= 0.
        steps: Length of the run in updates, > 0.
        explore_fraction: Share of the run at `peak`, in [0, 1). 0 is `linear`.
        floor: The rate at the end and after it, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> knee(1.0, 8)(jnp.arange(10))
        Array([1.  , 1.  , 1.  , 1.  , 1.  , 0.75, 0.5 , 0.25, 0.  , 0.  ], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        top, bottom = precise(peak), precise(floor)
        return bottom + (top - bottom) * xp.minimum(remaining(step, steps) / (1 - precise(explore_fraction)), 1)

    return with_end(schedule, steps)
