"""A drop after every stretch of steps."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.kinds import Height, Positive, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise, raised
from lropt_jax._core.periods import whole_periods


@lift
def step_decay(peak: Height, steps: Steps, *, decay: Positive = 0.1, floor: Height = 0.0) -> optax.Schedule:
    """Multiply the rate by `decay` after every `steps` steps, at once, and never go below `floor`.

    `rate(t) = max(peak * decay ^ floor(t / steps), floor)`

    This is PyTorch's `StepLR(step_size, gamma)`. The gradient by `steps` is 0.

    Args:
        peak: The rate of the first `steps` updates, >= 0.
        steps: Updates between drops, > 0.
        decay: The factor of a drop, > 0. Above 1 the rate grows.
        floor: The least rate, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> step_decay(1.0, 2, decay=0.5)(jnp.arange(5))
        Array([1.  , 1.  , 0.5 , 0.5 , 0.25], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        return xp.maximum(precise(peak) * raised(decay, whole_periods(step, steps)[0]), precise(floor))

    return schedule
