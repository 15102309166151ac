"""Cosines one after another: warm restarts."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core.curves import half_cosine
from lropt_jax._core.kinds import AtLeastOne, Height, Positive, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise, raised
from lropt_jax._core.periods import period


@lift
def cosine_restarts(
    peak: Height,
    steps: Steps,
    *,
    growth: AtLeastOne = 1.0,
    decay: Positive = 1.0,
    floor: Height = 0.0,
) -> optax.Schedule:
    """Fall along half a cosine, jump back up, and again: period `i` is `steps * growth^i` long from `peak * decay^i`.

    `rate(t) = floor + (peak decay^i - floor) (1 + cos(pi c / T_i)) / 2`, `c` steps into period `i` of length
    `T_i = steps growth^i` (Loshchilov and Hutter 2017, arXiv:1608.03983, equation 5)

    The model is finished at the end of every period, so you need not know the length of the run. If you know it, one
    `cosine` or `linear` is better. This is PyTorch's `CosineAnnealingWarmRestarts`, with peaks that may fall.

    Args:
        peak: The rate at step 0, >= 0.
        steps: Length of the first period in updates, > 0.
        growth: Length of each period divided by that of the one before, >= 1.
        decay: Peak of each period divided by that of the one before, > 0.
        floor: What every period falls towards, >= 0. No rate is quite as low: the next period begins there.

    Returns:
        A schedule. In float32 a restart beyond step 500,000 may come a step early.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> cosine_restarts(1.0, 2, growth=2.0, decay=0.5)(jnp.array([0, 1, 2, 4, 6])).round(2)
        Array([1.  , 0.5 , 0.5 , 0.25, 0.25], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        index, _, left = period(step, steps, growth)
        return precise(floor) + (precise(peak) * raised(decay, index) - precise(floor)) * half_cosine(left)

    return schedule
