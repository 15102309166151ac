"""The same rate at every step."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import Height
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise


@lift
def constant(peak: Height) -> optax.Schedule:
    """Keep the rate at `peak`: `rate(t) = peak`.

    Choose it to begin with, and for the stationary phase of a run; end a run with a decay, which is nearly always
    better (Defazio et al. 2023, arXiv:2310.07831).

    Args:
        peak: The rate, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: `peak` is negative or not finite.

    Example:
        >>> constant(0.1)(5)
        Array(0.1, dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        return xp.broadcast_to(precise(peak), jnp.shape(step))

    return with_end(schedule, 0)
