"""The rates that make temporal differences converge as fast as their discount allows."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core.kinds import BelowOne
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise


@lift
def rescaled_linear(discount: BelowOne) -> optax.Schedule:
    """Fall like one over the time, slowed by the discount: the schedule of Q-learning and temporal differences.

    `rate(t) = 1 / (1 + (1 - discount) t)`

    With the plain `1 / (1 + t)` the time to forget the start grows exponentially with `1 / (1 - discount)`; with this
    rate it does not (Wainwright 2019, arXiv:1905.06265).

    Args:
        discount: The discount of the rewards, in [0, 1).

    Returns:
        A schedule with rates in (0, 1], legal on convex domains.

    Raises:
        ValueError: `discount` is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> rescaled_linear(0.5)(jnp.array([0, 2, 6]))
        Array([1.  , 0.5 , 0.25], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        return 1 / (1 + (1 - precise(discount)) * precise(step))

    return schedule
