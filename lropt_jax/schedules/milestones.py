"""A drop at each of some chosen steps."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import Boundaries, Height, Positive
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import passed, precise, raised


@lift
def milestones(peak: Height, steps: Boundaries, *, decay: Positive = 0.1, floor: Height = 0.0) -> optax.Schedule:
    """Multiply the rate by `decay` at each milestone, and never go below `floor`.

    `rate(t) = max(peak * decay ^ #{m in steps: m <= t}, floor)`

    PyTorch's `MultiStepLR(milestones, gamma)`: update number `m`, counted from 0, is the first with the lower rate.
    The gradient by the milestones is 0.

    Args:
        peak: The rate before the first milestone, >= 0.
        steps: The milestones in ascending order, each > 0. One that is given twice counts twice.
        decay: The factor of a drop, > 0. Above 1 the rate grows.
        floor: The least rate, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range, or the milestones are not in order.

    Example:
        >>> import jax.numpy as jnp
        >>> milestones(1.0, (2, 3), decay=0.5)(jnp.arange(5))
        Array([1.  , 1.  , 0.5 , 0.25, 0.25], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        return xp.maximum(precise(peak) * raised(decay, passed(steps, step)), precise(floor))

    return with_end(schedule, steps[-1] if len(steps) else 0)
