"""One over the time."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real


@lift
def inverse_time(
    peak: ArrayLike, steps: ArrayLike, *, decay: ArrayLike = 1.0, floor: ArrayLike = 0.0
) -> optax.Schedule:
    """Fall like one over the time, and never go below `floor`.

    `rate(t) = max(peak / (1 + decay t / steps), floor)`

    Needs no horizon; with `decay=1` the rate is halved at `steps`. Keras' `InverseTimeDecay`. For the general power of
    stochastic approximation see `robbins_monro`.

    Args:
        peak: The rate at step 0, >= 0.
        steps: Updates over which `decay` is counted, > 0.
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
    checks.nonnegative("inverse_time", peak=peak, decay=decay, floor=floor)
    checks.positive("inverse_time", steps=steps)

    def schedule(step: ArrayLike) -> jax.Array:
        return jnp.maximum(real(peak) / (1 + real(decay) * real(step) / real(steps)), real(floor))

    return schedule
