"""Constant rates by stretches of steps."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import Boundaries, Heights
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import passed, precise
from lropt_jax._core.refusal import Refused


@lift
def piecewise(values: Heights, boundaries: Boundaries) -> optax.Schedule:
    """Keep each rate up to its boundary: `rate(t) = values[#{b in boundaries: b <= t}]`.

    Update number `b`, counted from 0, is the first with the next value, as in PyTorch and Optax; Keras'
    `PiecewiseConstantDecay` changes one update later.

    Args:
        values: The rates, each >= 0.
        boundaries: The steps at which the next value begins, in ascending order, each > 0; one fewer than values.

    Returns:
        A schedule.

    Raises:
        ValueError: A rate is negative, the boundaries are not in order, or the counts do not fit.

    Example:
        >>> import jax.numpy as jnp
        >>> piecewise((1.0, 0.5, 0.1), (2, 3))(jnp.arange(5))
        Array([1. , 1. , 0.5, 0.1, 0.1], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        return xp.pick(precise(xp.asarray(values)), passed(boundaries, step))

    return with_end(schedule, boundaries[-1] if len(boundaries) else 0)


@piecewise.requires
def _(values: Heights, boundaries: Boundaries) -> None:
    if len(boundaries) != len(values) - 1:
        got = f"{len(boundaries)} for {len(values)} values"
        raise Refused(f"boundaries must be one fewer than values, got {got}.")
