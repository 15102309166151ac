"""Up and down in straight lines, again and again."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.kinds import Height, Positive, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import minus, plus, precise, raised
from lropt_jax._core.periods import whole_periods


@lift
def cyclic(
    peak: Height,
    steps: Steps,
    *,
    down_steps: Steps | None = None,
    shrink: Positive = 1.0,
    decay: Positive = 1.0,
    floor: Height = 0.0,
) -> optax.Schedule:
    """Rise from `floor` to `peak` in a straight line, fall back, and again (Smith 2017, arXiv:1506.01186).

    `rate(t) = floor + (peak - floor) h(t) shrink^i decay^t`, where the triangle `h` rises from 0 to 1 over `steps` and
    falls back over `down_steps`, and `i` counts the cycles from 0.

    The paper's policies are `triangular` (the default), `triangular2` (`shrink=0.5`) and `exp_range` (`decay` below 1).
    If you know the length of the run, one rise and one fall are better: `one_cycle`. This is PyTorch's `CyclicLR`.

    Args:
        peak: The largest rate, >= 0.
        steps: Length of a rise in updates, > 0.
        down_steps: Length of a fall in updates, > 0. None: as long as the rise.
        shrink: Height of each cycle divided by that of the one before, > 0. Below 1 the cycles get lower.
        decay: Factor on the height at every step, > 0. Below 1 the cycles get lower.
        floor: The rate between two cycles, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> cyclic(1.0, 2, shrink=0.5)(jnp.arange(8))
        Array([0.  , 0.5 , 1.  , 0.5 , 0.  , 0.25, 0.5 , 0.25], dtype=float32)
    """
    down = steps if down_steps is None else down_steps

    def schedule(step: ArrayLike) -> jax.Array:
        cycle, into = whole_periods(step, plus(steps, down))
        left = minus(down, xp.maximum(minus(into, steps), 0))
        height = xp.clip(xp.minimum(precise(into) / precise(steps), precise(left) / precise(down)), 0, 1)
        height = height * raised(shrink, cycle) * raised(decay, step)
        return precise(floor) + (precise(peak) - precise(floor)) * height

    return schedule
