"""A drop after every stretch of steps."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import raised, real
from lropt_jax._core.periods import fitting


@lift
def step_decay(peak: ArrayLike, steps: ArrayLike, *, decay: ArrayLike = 0.1, floor: ArrayLike = 0.0) -> optax.Schedule:
    """Multiply the rate by `decay` after every `steps` steps, at once, and never go below `floor`.

    `rate(t) = max(peak * decay ^ floor(t / steps), floor)`

    PyTorch's `StepLR(step_size, gamma)`. Nothing is differentiable in `steps` here: its gradient is 0.

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
    checks.nonnegative("step_decay", peak=peak, floor=floor)
    checks.positive("step_decay", steps=steps, decay=decay)

    def schedule(step: ArrayLike) -> jax.Array:
        return jnp.maximum(real(peak) * raised(decay, fitting(step, steps)), real(floor))

    return schedule
