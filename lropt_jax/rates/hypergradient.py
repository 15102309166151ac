"""A rate that descends the loss too: it grows while gradients agree with the last step."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.accumulators import divide, zeros
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import at, real
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.vectors import dot, norm
from lropt_jax._core.wrapping import copied


class HypergradientState(NamedTuple):
    """State of `hypergradient`."""

    scale: jax.Array
    direction: optax.Updates


@lift
def hypergradient(
    base: ArrayLike | optax.Schedule,
    *,
    beta: ArrayLike,
    form: str = "multiplicative",
    max_change: ArrayLike | None = None,
) -> Rate:
    """Hypergradient descent: the rate follows the slope of the loss by the rate of the step before.

    That slope is `-<g, u>`, of the gradients `g` and the direction `u` of the step before. "multiplicative":
    `rate <- rate * (1 + beta * cos(g, u))`. "additive": `rate <- rate + beta * <g, u>`. `rate` begins at `base`
    (Baydin, Cornish, Martinez Rubio, Schmidt and Wood 2018, arXiv:1703.04782).

    Choose it to let a first guess of the rate improve itself, in runs with little noise. It looks one step ahead only:
    along curved valleys and in noise that makes rates too small for the long run (Wu, Ren, Liao and Grosse 2018,
    arXiv:1803.02021).

    Args:
        base: The first rate, >= 0, or a schedule, which is multiplied by what has been learned.
        beta: The rate of the rate. "multiplicative": a share, in [0, 1); 0.02 lets the rate double in 35 steps.
            "additive": >= 0, in units of rate over `g * u`, so it must be found anew for each loss and its scale; the
            authors' values lie between 1e-8 and 1e-3.
        form: "multiplicative" or "additive".
        max_change: The largest change of the rate in a step as a share of it, in (0, 1). None: no limit.

    Returns:
        A rate. State: `scale`, what `base` is multiplied by, and `direction` (`u`). Memory: 1 x params, float32.

    Raises:
        ValueError: A number is outside its range, or `form` is neither word.

    As published for `sgd`, for `sgd` with Nesterov's momentum and for `adam`, but that the rate is never below 0; with
    other directions it is the same rule.

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
    checks.schedulable(checks.nonnegative, "hypergradient", base=base)
    checks.one_of("hypergradient", ("multiplicative", "additive"), form=form)
    (checks.below_one if form == "multiplicative" else checks.nonnegative)("hypergradient", beta=beta)
    if max_change is not None:
        checks.inside("hypergradient", 0, 1, max_change=max_change)

    def change(state: HypergradientState, reading: Reading) -> jax.Array:
        """What is added to the scale."""
        agreement = dot(reading.grads, state.direction)
        if form == "additive":
            return divide(real(beta) * agreement, at(base, reading.count))
        cosine = divide(divide(agreement, norm(reading.grads)), norm(state.direction))
        return state.scale * real(beta) * cosine

    def init(params: optax.Params) -> tuple[jax.Array, HypergradientState]:
        return at(base, 0), copied(HypergradientState(real(1), zeros(params)))

    def next_rate(state: HypergradientState, reading: Reading) -> tuple[jax.Array, HypergradientState]:
        more = change(state, reading)
        if max_change is not None:
            limit = state.scale * real(max_change)
            more = jnp.clip(more, -limit, limit)
        scale = jnp.maximum(state.scale + more, 0)
        return at(base, reading.count) * scale, HypergradientState(scale, copied(reading.direction))

    return Rate(init, next_rate)
