"""One over the time."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.kinds import Height, NonNegative, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise


@lift
def inverse_time(peak: Height, steps: Steps, *, decay: NonNegative = 1.0, floor: Height = 0.0) -> optax.Schedule:
    """Fall like one over the time, and never go below `floor`.

    `rate(t) = max(peak / (1 + decay t / steps), floor)`

    It needs no horizon. With `decay=1` the rate at `steps` is half of `peak`. This is Keras' `InverseTimeDecay`. For
    other powers of the time see `robbins_monro`.

    Args:
        peak: The rate at step 0, >= 0.
        steps: Updates over which the denominator grows by `decay`, > 0.
        decay: How much the denominator grows over `steps`, >= 0.
        floor: The least rate, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> inverse_time(1.0, 1)(jnp.array([0, 1, 3]))
        Array([1.  , 0.5 , 0.25], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        return xp.maximum(precise(peak) / (1 + precise(decay) * precise(step) / precise(steps)), precise(floor))

    return schedule
