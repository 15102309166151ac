"""Barzilai and Borwein's rate: one over the curvature that the last step met."""

from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import zeros
from lropt_jax._core.kinds import Height, Positive
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.relations import at_least
from lropt_jax._core.vectors import dot, sum_of_squares
from lropt_jax._core.wrapping import copied, like, widened


class BarzilaiBorweinState(NamedTuple):
    """State of `barzilai_borwein`."""

    rate: jax.Array
    params: optax.Params
    direction: optax.Updates


@lift
def barzilai_borwein(
    first: Positive = 1e-3,
    *,
    step: Literal["long", "short"] = "long",
    floor: Height = 1e-10,
    ceiling: Positive = 1e10,
) -> Rate:
    """One over the curvature along the last step, from what the last step did to the gradient.

    With `s = params - previous params` and `y = direction - previous direction`, the rate is `<s, s> / <s, y>` (the
    long step) or `<s, y> / <y, y>` (the short step), which is never longer (Barzilai and Borwein 1988, IMA Journal of
    Numerical Analysis 8). Where the curvature `<s, y>` is not positive the rate stays as it was.

    Choose it for exact gradients, above all of quadratics: there it is far faster than any constant rate, though the
    loss goes up and down. With noisy gradients `y` is mostly noise, and so is the rate.

    Args:
        first: The rate of the first update, and of all updates until a step has met curvature, > 0.
        step: "long" or "short".
        floor: The smallest rate, >= 0. Raydan (1997) limits the rate on both sides.
        ceiling: The largest rate, > 0, and not below `floor`.

    Returns:
        A rate; `update` needs `params`. State: `rate`; `params` and `direction` of the last update. Memory: 2 x params,
        float32.

    Raises:
        ValueError: A number is outside its range, `step` is another word, or `update` is called without `params`.

    With plain `sgd` the direction is the gradient, and this is the published method with limits. With another
    direction it is our composition: the direction takes the place of the gradient, so the rate is one over the
    curvature that this direction shows. Optax has no counterpart.

    Example:
        The second step ends at the minimum of a parabola:

        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> tx, x = sgd(barzilai_borwein(0.1)), jnp.array([1.0])
        >>> state = tx.init(x)
        >>> for _ in range(2):
        ...     update, state = tx.update(4 * x, state, x)
        ...     x = x + update
        >>> print(x, state.learning_rate)
        [0.] 0.25
    """

    def init(params: optax.Params) -> tuple[jax.Array, BarzilaiBorweinState]:
        start = jnp.array(real(first), copy=True)
        return start, BarzilaiBorweinState(start, copied(widened(params)), zeros(params))

    def next_rate(state: BarzilaiBorweinState, reading: Reading) -> tuple[jax.Array, BarzilaiBorweinState]:
        params = copied(widened(reading.need("params")))
        direction = like(reading.direction, state.direction)
        s = jax.tree.map(jnp.subtract, params, state.params)
        y = jax.tree.map(jnp.subtract, direction, state.direction)
        sy, second = dot(s, y), jnp.asarray(reading.count) > 0
        over, under = (sum_of_squares(s), sy) if step == "long" else (sy, sum_of_squares(y))
        curved = second & ~(sy <= 0) & (under != 0)  # NaN passes
        fresh = jnp.clip(over / jnp.where(curved, under, 1), real(floor), real(ceiling))
        rate = jnp.where(curved, fresh, state.rate)
        return rate, BarzilaiBorweinState(rate, params, copied(direction))

    return Rate(init, next_rate)


@barzilai_borwein.requires
def _(floor: Height, ceiling: Positive) -> None:
    at_least(floor, "floor", ceiling=ceiling)
