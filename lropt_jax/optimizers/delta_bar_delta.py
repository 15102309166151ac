"""Delta-bar-delta: each parameter has a gain on the rate, which grows while its gradient keeps its sign."""

from typing import Literal, NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import average, full, times, wide, zeros
from lropt_jax._core.kinds import Average, LearningRate, Momentum, Share, Strength
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.refusal import Refused
from lropt_jax._core.slots import Others
from lropt_jax.optimizers.descent import Direction, descent
from lropt_jax.optimizers.rprop import agreement


class DeltaBarDeltaState(NamedTuple):
    """State of `delta_bar_delta`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    gains: optax.Updates
    mu: Others | None
    trace: Others | None


@lift(elementwise=True)
def delta_bar_delta(
    learning_rate: LearningRate,
    *,
    kappa: Strength = 0.2,
    phi: Share = 0.2,
    theta: Average | None = 0.7,
    momentum: Momentum | None = None,
    min_gain: Strength = 0.01,
    at_zero: Literal["keep", "shrink"] = "keep",
) -> optax.GradientTransformationExtraArgs:
    """Delta-bar-delta: the gradient, times a gain that each parameter finds for itself.

    `a` begins at 1. Where `g` and `mu` have the same sign, `a <- a + kappa`; where they differ, `a <- (1 - phi) * a`,
    but never below `min_gain`. Then `mu <- theta * mu + (1 - theta) * g`, and the direction is `a * g` (Jacobs 1988,
    Neural Networks 1). With momentum it is `m <- momentum * m + a * g`. With `theta=None`, `g` is compared with the
    last `m` and not with `mu`, as in t-SNE (van der Maaten and Hinton 2008, JMLR 9).

    Choose it for exact gradients, and for t-SNE. Gains grow by addition and shrink by factors: a large gain is soon
    small again if its parameter swings.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`. The gains multiply it.
        kappa: Added to a gain that grows, >= 0, or a schedule, in units of the rate. In the paper it is absolute.
        phi: The share by which a gain shrinks, in [0, 1], or a schedule.
        theta: Decay of `mu`, in [0, 1), or a schedule. None: compare with the momentum; no memory for `mu`.
        momentum: Decay of `m`, in [0, 1), or a schedule. None: no momentum, and no memory for it.
        min_gain: The smallest gain, >= 0, or a schedule. The paper has none, which is 0.
        at_zero: What a gain does where `g`, or what it is compared with, is 0: "keep" its value, or "shrink".

    Returns:
        An optimizer. State: `count`, `learning_rate`, `rate`, `gains` (`a`), `mu` (None without `theta`), `trace` (`m`;
        None without momentum). Memory: 2 x params, float32; 1 more with momentum, 1 less without `theta`.

    Raises:
        ValueError: A number is outside its range, `at_zero` is another word, or both `theta` and `momentum` are None.

    The defaults of `kappa`, `phi` and `min_gain` are t-SNE's. The t-SNE of scikit-learn is `theta=None,
    at_zero="shrink"` with a momentum of 0.5 for 250 steps, then a new run with a momentum of 0.8. In the authors'
    program a gain grows where one of both is 0, as at its first step. Under a schedule the rate multiplies the whole
    momentum, as in `sgd`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = delta_bar_delta(0.1)
        >>> _, state = tx.update(jnp.array([1.0, -2.0]), tx.init(jnp.zeros(2)))
        >>> _, state = tx.update(jnp.array([1.0, 1.0]), state)
        >>> state.gains
        Array([1.2, 0.8], dtype=float32)
    """

    def init(params: optax.Params) -> dict:
        mu, trace = (None if decay is None else zeros(params) for decay in (theta, momentum))
        return {"gains": full(params, real(1)), "mu": mu, "trace": trace}

    def apply(grads: optax.Updates, state: DeltaBarDeltaState, params: optax.Params | None) -> tuple:
        add, keep, least = value_at(kappa, state.count), 1 - value_at(phi, state.count), value_at(min_gain, state.count)

        def adapted(gain: jax.Array, g: jax.Array, before: jax.Array) -> jax.Array:
            agree, shrunk = agreement(g, before), times(keep, gain)
            other = jnp.where(agree < 0, shrunk, gain) if at_zero == "keep" else shrunk
            return jnp.maximum(jnp.where(agree > 0, gain + add.astype(gain.dtype), other), least.astype(gain.dtype))

        grads = jax.tree.map(wide, grads)
        gains = jax.tree.map(adapted, state.gains, grads, state.trace if theta is None else state.mu)
        towards, mu, trace = jax.tree.map(jnp.multiply, gains, grads), None, None
        if theta is not None:
            decay = value_at(theta, state.count)
            mu = jax.tree.map(lambda m, g: average(m, g, decay), state.mu, grads)
        if momentum is not None:
            carry = value_at(momentum, state.count)
            towards = trace = jax.tree.map(lambda m, d: times(carry, m) + d, state.trace, towards)
        return towards, state._replace(gains=gains, mu=mu, trace=trace)

    return descent(Direction(DeltaBarDeltaState, init, apply), learning_rate)


@delta_bar_delta.requires
def _(theta: Average | None, momentum: Momentum | None) -> None:
    if theta is None and momentum is None:
        raise Refused("theta must be a number without momentum, got None; give momentum.")
