"""A rate that descends the loss too: it grows while gradients agree with the last step."""

from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import divide, zeros
from lropt_jax._core.checking import check
from lropt_jax._core.kinds import AnySchedule, BelowOne, NonNegative, ProperFraction
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.vectors import norm, product_and_unit
from lropt_jax._core.wrapping import copied


class HypergradientState(NamedTuple):
    """State of `hypergradient`."""

    scale: jax.Array
    direction: optax.Updates


@lift
def hypergradient(
    base: AnySchedule,
    *,
    beta: NonNegative,
    form: Literal["multiplicative", "additive"] = "multiplicative",
    max_change: ProperFraction | None = None,
) -> Rate:
    """Hypergradient descent: the rate follows the slope of the loss by the rate of the step before.

    That slope is `-<g, u>`, with the gradients `g` and the direction `u` of the step before. "multiplicative":
    `rate <- rate * (1 + beta * cos(g, u))`. "additive": `rate <- rate + beta * <g, u>`. `rate` begins at `base`
    (Baydin, Cornish, Martinez Rubio, Schmidt and Wood 2018, arXiv:1703.04782).

    Choose it where the first rate is a guess and the run has little noise. It looks one step ahead only. Along curved
    valleys and in noise, rates that are best for one step are too small for the long run (Wu, Ren, Liao and Grosse
    2018, arXiv:1803.02021).

    Args:
        base: The first rate, >= 0, or a schedule, which the learned factor multiplies.
        beta: The rate of the rate, >= 0. "multiplicative": a share, in [0, 1); at 0.02 the rate can double in 35
            steps. "additive": it has the unit of the rate divided by that of `g * u`, so it must be found for each
            loss and its scale; the authors' values lie between 1e-8 and 1e-3.
        form: "multiplicative" or "additive".
        max_change: The largest change of the rate in a step, as a share of the rate, in (0, 1). None: unlimited.

    Returns:
        A rate. State: `scale`, the multiple of `base`, and `direction` (`u`). Memory: 1 x params, float32.

    Raises:
        ValueError: A number is outside its range, or `form` is another word.

    With `sgd`, with `sgd` and Nesterov's momentum, and with `adam` it is the published method, except that the rate is
    never below 0. With other directions it is the same rule.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax import learning_rate
        >>> from lropt_jax.optimizers import sgd
        >>> tx, x = sgd(hypergradient(0.1, beta=0.5)), jnp.ones(2)
        >>> state = tx.init(x)
        >>> for gradient in (x, x, -x):
        ...     _, state = tx.update(gradient, state, x)
        ...     print(learning_rate(state).round(3))
        0.1
        0.15
        0.075
    """

    def change(state: HypergradientState, reading: Reading) -> jax.Array:
        """The number to add to the scale."""
        agreement, unit = product_and_unit(reading.grads, state.direction)
        if form == "additive":
            agreement = jnp.where(unit < 1, 0, agreement / unit / unit)  # one gradient beyond measure teaches nothing
            return divide(real(beta) * agreement, value_at(base, reading.count))
        cosine = divide(divide(agreement, norm(reading.grads) * unit), norm(state.direction) * unit)
        return state.scale * real(beta) * cosine

    def init(params: optax.Params) -> tuple[jax.Array, HypergradientState]:
        return value_at(base, 0), copied(HypergradientState(real(1), zeros(params)))

    def next_rate(state: HypergradientState, reading: Reading) -> tuple[jax.Array, HypergradientState]:
        more = change(state, reading)
        if max_change is not None:
            limit = state.scale * real(max_change)
            more = jnp.clip(more, -limit, limit)
        scale = jnp.maximum(state.scale + more, 0)
        return value_at(base, reading.count) * scale, HypergradientState(scale, copied(reading.direction))

    return Rate(init, next_rate)


@hypergradient.requires
def _(beta: NonNegative, form: str) -> None:
    if form == "multiplicative":
        check("beta", BelowOne, beta)
