"""Half a cosine down."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core.curves import half_cosine
from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import Height, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise, remaining


@lift
def cosine(peak: Height, steps: Steps, *, floor: Height = 0.0) -> optax.Schedule:
    """Fall along half a cosine from `peak` to `floor` over `steps`, then stay.

    `rate(t) = floor + (peak - floor) (1 + cos(pi min(t / steps, 1))) / 2`

    The common default of deep learning (Loshchilov and Hutter 2017, arXiv:1608.03983, equation 5, without restarts).
    The length of the run must be known: a cosine that stops early is not a shorter cosine. PyTorch's
    `CosineAnnealingLR` and Hugging Face's cosine rise again after the end; this one stays.

    Args:
        peak: The rate at step 0, >= 0.
        steps: Length of the fall in updates, > 0.
        floor: The rate at the end and after it, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> cosine(1.0, 4)(jnp.array([0, 2, 4, 9])).round(3)
        Array([1. , 0.5, 0. , 0. ], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        top, bottom = precise(peak), precise(floor)
        return bottom + (top - bottom) * half_cosine(remaining(step, steps))

    return with_end(schedule, steps)
