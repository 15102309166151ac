"""The rates of stochastic approximation."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.kinds import Height, Positive, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise


@lift
def robbins_monro(peak: Height, steps: Steps = 1, *, exponent: Positive = 0.75, floor: Height = 0.0) -> optax.Schedule:
    """Fall like a power of the time, and never go below `floor`.

    `rate(t) = max(peak (1 + t / steps) ^ -exponent, floor)`

    With an exponent in (1/2, 1] the sum of the rates is infinite and the sum of their squares is finite: the noise
    averages out, and the iterates reach the answer from any start (Robbins and Monro 1951). Exponents near 1/2 forget
    the start sooner; average the iterates then (Polyak and Juditsky 1992). `exponent=1, steps=1, peak=1` gives the
    plain mean of the data seen.

    Args:
        peak: The rate at step 0, >= 0.
        steps: Scale of the time in updates, > 0. After so many the rate has fallen by the factor `2 ^ -exponent`.
        exponent: Exponent of the fall, > 0. At 1/2 and below the noise stays; above 1 the rates become too small
            before the answer is reached.
        floor: The least rate, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> robbins_monro(1.0, exponent=1.0)(jnp.array([0, 1, 3]))
        Array([1.  , 0.5 , 0.25], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        falling = (1 + precise(step) / precise(steps)) ** -precise(exponent)
        return xp.maximum(precise(peak) * falling, precise(floor))

    return schedule
