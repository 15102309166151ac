"""Barzilai and Borwein's rate: one over the curvature that the last step met."""

from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import divide, zeros
from lropt_jax._core.kinds import Height, Positive
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.relations import at_least
from lropt_jax._core.vectors import norm, product_and_unit, squares_and_unit
from lropt_jax._core.wrapping import copied, widened


class BarzilaiBorweinState(NamedTuple):
    """State of `barzilai_borwein`."""

    rate: jax.Array
    params: optax.Params
    grads: optax.Updates


@lift
def barzilai_borwein(
    first: Positive = 1e-3,
    *,
    step: Literal["long", "short"] = "long",
    floor: Height = 1e-10,
    ceiling: Positive = 1e10,
) -> Rate:
    """One over the curvature along the last step, from what the last step did to the gradient.

    With `s = params - previous params` and `y = grads - previous grads`, the rate is `<s, s> / <s, y>` (the long step)
    or `<s, y> / <y, y>` (the short step), which is never longer (Barzilai and Borwein 1988, IMA Journal of Numerical
    Analysis 8). Where the curvature `<s, y>` is not positive the rate stays as it was.

    Choose it for exact gradients, above all of quadratics: there it is far faster than any constant rate, though the
    loss goes up and down. With noisy gradients `y` is mostly noise, and so is the rate.

    Args:
        first: The rate of the first update, > 0, and with `sgd` of all updates until a step has met curvature.
        step: "long" or "short".
        floor: The smallest rate, >= 0. Raydan (1997) limits the rate on both sides.
        ceiling: The largest rate, > 0, and not below `floor`.

    Returns:
        A rate; `update` needs `params`. State: `rate`, one over the curvature; `params` and `grads` of the last update.
        Memory: 2 x params, float32.

    Raises:
        ValueError: A number is outside its range, `step` is another word, or `update` is called without `params`.

    With plain `sgd` this is the published method with limits. With another direction `d` it is our composition: the
    rate is multiplied by `<g, d> / <d, d>`, with the gradients `g`. The step then ends where the loss is least along
    `d`, if the curvature there is that of the last step. Where the loss does not fall along `d` the rate is `floor`. A
    step that is as small as the rounding of the parameters shows no curvature. Optax has no counterpart.

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
        params, grads = copied(widened(reading.need("params"))), copied(widened(reading.grads))
        s = jax.tree.map(jnp.subtract, params, state.params)
        y = jax.tree.map(jnp.subtract, grads, state.grads)
        (sy, unit), second = product_and_unit(s, y), jnp.asarray(reading.count) > 0
        squares, other = squares_and_unit(s if step == "long" else y)
        over, under, shrink = (squares, sy, unit / other) if step == "long" else (sy, squares, other / unit)
        moved = ~(norm(s) <= 2 * jnp.finfo(sy.dtype).eps * norm(params))  # less is rounding
        curved = second & moved & ~(sy <= 0) & (under != 0)  # NaN passes
        share = _share(reading)
        before = jnp.where(second, state.rate, real(first) / jnp.where(share > 0, share, 1))
        rate = jnp.where(curved, over / jnp.where(curved, under, 1) * shrink * shrink, before)
        rate = jnp.clip(rate, real(floor), real(ceiling))
        paced = jnp.where(second, jnp.clip(rate * share, real(floor), real(ceiling)), real(first))
        return paced, BarzilaiBorweinState(rate, params, grads)

    return Rate(init, next_rate)


def _share(reading: Reading) -> jax.Array:
    """`<g, d> / <d, d>`: 1 where the direction is the gradient, and where it is 0."""
    along, unit = product_and_unit(reading.grads, reading.direction)
    squares, other = product_and_unit(reading.direction, reading.direction)
    return jnp.where(squares == 0, 1, divide(along, squares) * (other / unit) * (other / unit))


@barzilai_borwein.requires
def _(floor: Height, ceiling: Positive) -> None:
    at_least(floor, "floor", ceiling=ceiling)
