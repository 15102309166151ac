"""MoMo: Polyak's step along momentum, for a linear model of the loss made of all past ones."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.accumulators import average, divide, weight, wide, zeros
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import at, real
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.vectors import dot
from lropt_jax._core.wrapping import copied


class MomoState(NamedTuple):
    """State of `momo`: three means, and the least loss that is reckoned with."""

    grads: optax.Updates
    value: jax.Array
    product: jax.Array
    minimum: jax.Array


class Model(NamedTuple):
    """The linear model of the loss along the direction, whose weights sum to `weight`."""

    weight: jax.Array
    here: jax.Array  # its value at the parameters
    slope: jax.Array  # how fast it falls along the direction
    shrunk: jax.Array  # its value where decay, from the parameters here, leads


@lift
def momo(
    base: ArrayLike | optax.Schedule,
    *,
    beta: ArrayLike | optax.Schedule = 0.9,
    minimum: ArrayLike = 0.0,
    adapt_minimum: bool = False,
    bias_correction: bool = True,
    weight_decay: ArrayLike | None = None,
) -> Rate:
    """MoMo: a number or a schedule, lowered where it would carry a model of the loss below its minimum.

    With means `f_bar` of the losses, `d` of the gradients `g`, and `gamma` of `<g, params>`, all
    `mean <- beta * mean + (1 - beta) * new`, and the optimizer's direction `u`:
    `rate = min(base, (f_bar + <d, params> - gamma - (1 - beta^t) * minimum)_+ / <d, u>)`, `t = 1, 2, ...`
    (Schaipp, Ohana, Eickenberg, Defazio and Gower 2024, arXiv:2305.07583). So the means start at 0 and are corrected
    for it as in Adam: `adam(momo(1e-2))` is their MoMo-Adam. Their MoMo starts them at the first gradient: it is
    `sgd(momo(1.0, bias_correction=False), momentum=0.9, dampening=piecewise((0.0, 0.9), (1,)))`.

    Choose it to be less careful about a rate with momentum: too high a `base` is lowered. A `minimum` that the loss
    never comes near makes it do nothing; one above what can be reached stops it early.

    Args:
        base: The largest rate, >= 0, or a schedule; the authors start at 1 for `sgd` and 1e-2 for `adam`.
        beta: Decay of the means, in [0, 1), or a schedule: the direction's own `momentum` or `b1`.
        minimum: A lower bound of the loss.
        adapt_minimum: Raise that bound as the run goes (MoMo*), for losses that stay well above it.
        bias_correction: False: the means start at the first gradient, their weights sum to 1 at once.
        weight_decay: Strength `w` >= 0 of a decay that the model is to take into account. Give the optimizer its own as
            `weight_decay=base * w / (1 + base * w)`, `decay_coupling="independent"`: then it is the authors' proximal
            decay, `params <- (params - rate * u) / (1 + base * w)`. None: no decay, or one that the model ignores.

    Returns:
        A rate; `update` needs `params` and `value=loss`. State: `grads` (`d`), `value` (`f_bar`), `product` (`gamma`),
        `minimum`. Memory: 1 x params, float32. Before the first update the rate shown is `base`.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `value` or `params`.

    With any other direction than these two it is our composition; 0 along one on which the model does not fall.
    `optax.contrib.momo` divides only the parameters by `1 + base * w` and not the step.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import adam
        >>> tx, x = adam(momo(1.0)), jnp.array([3.0, 4.0])
        >>> tx.update(2 * x, tx.init(x), x, value=x @ x)[1].learning_rate.round(4)
        Array(1., dtype=float32)
        >>> tx.update(2 * x, tx.init(x), x, value=1.0)[1].learning_rate.round(4)
        Array(0.0714, dtype=float32)
    """
    checks.schedulable(checks.nonnegative, "momo", base=base)
    checks.schedulable(checks.below_one, "momo", beta=beta)
    checks.finite("momo", minimum=minimum)
    if weight_decay is not None:
        checks.nonnegative("momo", weight_decay=weight_decay)

    def init(params: optax.Params) -> tuple[jax.Array, MomoState]:
        return at(base, 0), copied(MomoState(zeros(params), real(0), real(0), real(minimum)))

    def next_rate(state: MomoState, reading: Reading) -> tuple[jax.Array, MomoState]:
        most, made = at(base, reading.count), optax.safe_increment(jnp.asarray(reading.count))
        shrink = real(1) if weight_decay is None else 1 + most * real(weight_decay)
        keep = at(beta, reading.count)
        if not bias_correction:
            keep = jnp.where(made == 1, 0, keep)
        state = _gathered(state, reading, keep)
        model = _model(state, reading, weight(keep, made) if bias_correction else real(1), shrink)
        least = _reachable(model, state.minimum, real(minimum), shrink) if adapt_minimum else state.minimum
        gain = jnp.maximum(model.shrunk - shrink * model.weight * least, 0)
        rate = jnp.minimum(most, jnp.where(model.slope < 0, 0, divide(gain, model.slope)))
        if adapt_minimum:
            least = jnp.maximum((model.here - rate * model.slope / 2) / model.weight, real(minimum))
        return rate / shrink, state._replace(minimum=least)

    return Rate(init, next_rate)


def _gathered(state: MomoState, reading: Reading, keep: jax.Array) -> MomoState:
    product = dot(reading.grads, reading.need("params"))
    return state._replace(
        grads=jax.tree.map(lambda m, g: average(m, wide(g), keep), state.grads, reading.grads),
        value=average(state.value, real(reading.need("value")), keep),
        product=average(state.product, product, keep),
    )


def _model(state: MomoState, reading: Reading, gathered: jax.Array, shrink: jax.Array) -> Model:
    along = dot(state.grads, reading.params)
    rest = state.value - state.product
    return Model(gathered, rest + along, dot(state.grads, reading.direction), shrink * rest + along)


def _reachable(model: Model, minimum: jax.Array, first: jax.Array, shrink: jax.Array) -> jax.Array:
    """The least loss that is reckoned with, lowered where the model is below it already."""
    lowered = jnp.maximum(model.shrunk / (2 * shrink * model.weight), first)
    return jnp.where(model.shrunk < shrink * model.weight * minimum, lowered, minimum)
