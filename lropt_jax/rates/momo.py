"""MoMo: Polyak's step along momentum, for a linear model of the loss made of all past ones."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import average, divide, weight, wide, zeros
from lropt_jax._core.kinds import AnySchedule, Average, Finite, NonNegative
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.vectors import dot
from lropt_jax._core.wrapping import copied


class MomoState(NamedTuple):
    """State of `momo`: three means, the least loss that the rule assumes, and how many losses the means have."""

    grads: optax.Updates
    value: jax.Array
    product: jax.Array
    minimum: jax.Array
    losses: jax.Array


class Model(NamedTuple):
    """The linear model of the loss along the direction, whose weights sum to `weight`."""

    weight: jax.Array
    here: jax.Array  # its value at the parameters
    slope: jax.Array  # how fast it falls along the direction
    shrunk: jax.Array  # its value at the parameters after decay


@lift
def momo(
    base: AnySchedule,
    *,
    beta: Average = 0.9,
    minimum: Finite = 0.0,
    adapt_minimum: bool = False,
    bias_correction: bool = True,
    weight_decay: NonNegative | None = None,
) -> Rate:
    """MoMo: a number or a schedule, lowered where it would carry a model of the loss below its minimum.

    With means `f_bar` of the losses, `d` of the gradients `g`, and `gamma` of `<g, params>`, all
    `mean <- beta * mean + (1 - beta) * new`, and the optimizer's direction `u`:
    `rate = min(base, (f_bar + <d, params> - gamma - (1 - beta^t) * minimum)_+ / <d, u>)`, `t = 1, 2, ...`
    (Schaipp, Ohana, Eickenberg, Defazio and Gower 2024, arXiv:2305.07583). The means start at 0 and are corrected for
    that as in Adam: `adam(momo(1e-2))` is the authors' MoMo-Adam. Their MoMo starts the means at the first gradient. It
    is `sgd(momo(1.0, bias_correction=False), momentum=0.9, dampening=piecewise((0.0, 0.9), (1,)))`.

    Choose it to be less careful about a rate with momentum: it lowers a `base` that is too high. A `minimum` far below
    what the loss can reach leaves the rate at `base`; a `minimum` above it stops the run early.

    Args:
        base: The largest rate, >= 0, or a schedule. The authors start at 1 for `sgd` and at 1e-2 for `adam`.
        beta: Decay of the means, in [0, 1), or a schedule. Take the direction's own `momentum` or `b1`.
        minimum: A lower bound of the loss, finite.
        adapt_minimum: Raise that bound during the run (MoMo*), for losses that stay far above it.
        bias_correction: False: the means start at the first gradient, so their weights sum to 1 at once.
        weight_decay: Strength `w` of a decay that the model includes, >= 0. Give the optimizer its own decay,
            `decay(base * w / (1 + base * w), goes_with="nothing")`. Together they are the authors' proximal decay,
            `params <- (params - rate * u) / (1 + base * w)`. None: no decay in the model.

    Returns:
        A rate; `update` needs `params` and `value=loss`. State: `grads` (`d`), `value` (`f_bar`), `product` (`gamma`),
        `minimum`, `losses` (`t`). Memory: 1 x params, float32. Before the first update the rate shown is `base`.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `value` or `params`.

    A loss that is not finite is left out of the means, and so is its gradient. If it is NaN, the rate is 0; if it is
    infinite, `base`.

    With other directions it is our composition: the rate is 0 along a direction on which the model does not fall.
    `optax.contrib.momo` divides only the parameters by `1 + base * w`, and not the step.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import adam
        >>> tx, x = adam(momo(1.0)), jnp.array([3.0, 4.0])
        >>> tx.update(2 * x, tx.init(x), x, value=x @ x)[1].learning_rate.round(4)
        Array(1., dtype=float32)
        >>> tx.update(2 * x, tx.init(x), x, value=1.0)[1].learning_rate.round(4)
        Array(0.0714, dtype=float32)
    """

    def init(params: optax.Params) -> tuple[jax.Array, MomoState]:
        return value_at(base, 0), copied(
            MomoState(zeros(params), real(0), real(0), real(minimum), jnp.zeros((), jnp.int32))
        )

    def next_rate(state: MomoState, reading: Reading) -> tuple[jax.Array, MomoState]:
        most, value = value_at(base, reading.count), real(reading.need("value"))
        known = jnp.isfinite(value)
        shrink = real(1) if weight_decay is None else 1 + most * real(weight_decay)
        keep = value_at(beta, reading.count)
        if not bias_correction:
            keep = jnp.where(state.losses == 0, 0, keep)
        state = jax.tree.map(lambda new, old: jnp.where(known, new, old), _averaged(state, reading, keep), state)
        model = _model(state, reading, weight(keep, state.losses) if bias_correction else real(1), shrink)
        least = _lowered(model, state.minimum, real(minimum), shrink) if adapt_minimum else state.minimum
        gain = jnp.maximum(model.shrunk - shrink * model.weight * least, 0)
        rate = jnp.minimum(most, jnp.where(model.slope < 0, 0, divide(gain, model.slope)))
        rate = jnp.where(known, rate, jnp.where((value > 0) & ~(model.slope < 0), most, 0))
        if adapt_minimum:
            least = jnp.maximum((model.here - rate * model.slope / 2) / model.weight, real(minimum))
        return rate / shrink, state._replace(minimum=jnp.where(known, least, state.minimum))

    return Rate(init, next_rate)


def _averaged(state: MomoState, reading: Reading, keep: jax.Array) -> MomoState:
    product = dot(reading.grads, reading.need("params"))
    return state._replace(
        grads=jax.tree.map(lambda m, g: average(m, wide(g), keep), state.grads, reading.grads),
        value=average(state.value, real(reading.need("value")), keep),
        product=average(state.product, product, keep),
        losses=optax.safe_increment(state.losses),
    )


def _model(state: MomoState, reading: Reading, total: jax.Array, shrink: jax.Array) -> Model:
    along = dot(state.grads, reading.params)
    rest = state.value - state.product
    return Model(total, rest + along, dot(state.grads, reading.direction), shrink * rest + along)


def _lowered(model: Model, minimum: jax.Array, first: jax.Array, shrink: jax.Array) -> jax.Array:
    """The least loss that the rule assumes, lowered where the model is below it already."""
    lowered = jnp.maximum(model.shrunk / (2 * shrink * model.weight), first)
    return jnp.where(model.shrunk < shrink * model.weight * minimum, lowered, minimum)
