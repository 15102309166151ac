"""The same factor over every stretch of steps."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.kinds import Height, Positive, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise, raised


@lift
def exponential(peak: Height, steps: Steps, *, decay: Positive = 0.1, floor: Height = 0.0) -> optax.Schedule:
    """Multiply the rate by `decay` over every `steps` steps, smoothly, and never go below `floor`.

    `rate(t) = max(peak * decay ^ (t / steps), floor)`

    It has no end. It suits runs of unknown length, but a run that stops early stops at a high rate. PyTorch's
    `ExponentialLR(gamma)` is `exponential(lr, 1, decay=gamma)`.

    Args:
        peak: The rate at step 0, >= 0.
        steps: Updates over which the rate is multiplied by `decay` once, > 0.
        decay: The factor, > 0. Above 1 the rate grows.
        floor: The least rate, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> exponential(1.0, 10, decay=0.5)(jnp.array([0, 10, 20]))
        Array([1.  , 0.5 , 0.25], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        return xp.maximum(precise(peak) * raised(decay, precise(step) / precise(steps)), precise(floor))

    return schedule
