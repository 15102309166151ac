"""A rise, then one over the root of the time: Noam."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.kinds import Height, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise


@lift
def inverse_sqrt(peak: Height, steps: Steps, *, floor: Height = 0.0) -> optax.Schedule:
    """Rise to `peak` over `steps`, then fall like one over the root of the time, and never go below `floor`.

    `rate(t) = max(peak min((t + 1) / steps, sqrt(steps / (t + 1))), floor)`

    The Transformer's schedule (Vaswani et al. 2017, arXiv:1706.03762, equation 3; there
    `peak = (model_width * steps) ^ -0.5`). It has no end: a run may stop at any time, best after a
    `cooldown` (Zhai et al. 2022, arXiv:2106.04560).

    Args:
        peak: The largest rate, reached by update number `steps`, >= 0.
        steps: Length of the rise in updates, > 0.
        floor: The least rate, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> inverse_sqrt(1.0, 4)(jnp.array([0, 3, 15]))
        Array([0.25, 1.  , 0.5 ], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        passed = (precise(step) + 1) / precise(steps)
        return xp.maximum(precise(peak) * xp.minimum(passed, xp.rsqrt(passed)), precise(floor))

    return schedule
