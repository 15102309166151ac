"""A straight line down: the recommended default."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import Height, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise, remaining


@lift
def linear(peak: Height, steps: Steps, *, floor: Height = 0.0) -> optax.Schedule:
    """Fall in a straight line from `peak` to `floor` over `steps`, then stay.

    `rate(t) = floor + (peak - floor) (1 - min(t / steps, 1))`

    The default choice if you know the length of the run: it minimises the worst-case bound on the last iterate
    (Defazio et al. 2023, arXiv:2310.07831) and beats cosine slightly in large comparisons (Bergsma et al. 2025,
    arXiv:2502.15938). The last update of the run, `t = steps - 1`, still moves.

    Args:
        peak: The rate at step 0, >= 0.
        steps: Length of the fall in updates, > 0.
        floor: The rate at the end and after it, >= 0. Above `peak` the line rises.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> linear(1.0, 4)(jnp.arange(6))
        Array([1.  , 0.75, 0.5 , 0.25, 0.  , 0.  ], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        top, bottom = precise(peak), precise(floor)
        return bottom + (top - bottom) * remaining(step, steps)

    return with_end(schedule, steps)
