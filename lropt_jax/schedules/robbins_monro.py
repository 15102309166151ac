"""The rates of stochastic approximation."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real


@lift
def robbins_monro(
    peak: ArrayLike, steps: ArrayLike = 1, *, exponent: ArrayLike = 0.75, floor: ArrayLike = 0.0
) -> optax.Schedule:
    """Fall like a power of the time, and never go below `floor`.

    `rate(t) = max(peak (1 + t / steps) ^ -exponent, floor)`

    With an exponent in (1/2, 1] the rates sum to infinity and their squares do not, so that noise averages out and the
    answer is still reached from anywhere (Robbins and Monro 1951). Exponents near 1/2 forget the start sooner and want
    averaged iterates (Polyak and Juditsky 1992); `exponent=1, steps=1, peak=1` is the plain mean of what was seen.

    Args:
        peak: The rate at step 0, >= 0.
        steps: Updates before the fall begins to be felt, > 0.
        exponent: > 0. At 1/2 and below noise stays; above 1 the rates die before the answer is reached.
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
    checks.nonnegative("robbins_monro", peak=peak, floor=floor)
    checks.positive("robbins_monro", steps=steps, exponent=exponent)

    def schedule(step: ArrayLike) -> jax.Array:
        return jnp.maximum(real(peak) * (1 + real(step) / real(steps)) ** -real(exponent), real(floor))

    return schedule
