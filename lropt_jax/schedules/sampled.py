"""A table of rates."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import Heights
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import minus, precise, whole
from lropt_jax._core.refusal import Refused


@lift
def sampled(rates: Heights) -> optax.Schedule:
    """Follow a table: `rate(t) = rates[t]`, the last rate after it, straight lines between at fractions of steps.

    Choose it for rates that were computed or recorded, one for every update, such as those of `refined` or of
    `objectives.best_rates`. `stretch` runs a table over more or fewer updates than it has rates.

    Args:
        rates: The rates, each >= 0, shape (T,). An array is one leaf of the value, a list of numbers is T leaves.

    Returns:
        A schedule. Memory: 4 bytes a rate (8 under x64). A compiled program that does not take the schedule as an
        argument holds a copy.

    Raises:
        ValueError: A rate is negative or not finite, or `rates` is not a list of at least one rate.

    Example:
        >>> import jax.numpy as jnp
        >>> sampled(jnp.array([0.25, 1.0, 0.5]))(jnp.array([0, 0.5, 1, 2, 9]))
        Array([0.25 , 0.625, 1.   , 0.5  , 0.5  ], dtype=float32)
    """
    last = len(rates) - 1

    def schedule(step: ArrayLike) -> jax.Array:
        table, step = precise(xp.asarray(rates)), xp.clip(step, 0, last)
        table = table if xp.on_host(step) else jnp.asarray(table)  # once, not at each of the two places
        earlier = whole(step)
        here, there = xp.pick(table, earlier), xp.pick(table, xp.minimum(earlier + 1, last))
        return here + (there - here) * precise(minus(step, earlier))

    return with_end(schedule, last)


@sampled.requires
def _(rates: Heights) -> None:
    shape = jnp.shape(jnp.asarray(rates))
    if len(shape) != 1 or not shape[0]:
        raise Refused(f"rates must have the shape (T,), got {shape}.")
