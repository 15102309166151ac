"""Adan: Adam with Nesterov's momentum, which it takes from the change of the gradients."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import average, debias, full, over_root, square, times, weight, wide, zeros
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.slots import Moments, Squares
from lropt_jax.optimizers.descent import Direction, descent


class AdanState(NamedTuple):
    """State of `adan`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Moments
    change: Moments
    nu: Squares
    previous: Moments


@lift(elementwise=True)
def adan(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.98,
    b2: Average = 0.92,
    b3: Average = 0.99,
    eps: Epsilon = 1e-8,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """Adan: Adam that looks ahead by how the gradient has changed since the last step.

    With the change `c = g - previous g`, 0 at the first step: `mu <- b1 * mu + (1 - b1) * g`,
    `change <- b2 * change + (1 - b2) * c`, `nu <- b3 * nu + (1 - b3) * (g + b2 * c)^2`; the direction is
    `(mu' + b2 * change') / (sqrt(nu') + eps)`, where `'` divides by `1 - b^t`, `t = 1, 2, ...` (Xie et al. 2022,
    arXiv:2208.06677, algorithm 1). Then `params <- params - rate * (direction + weight_decay * params)`.

    Choose it for large batches and for vision transformers. Its authors take rates 5 to 10 times those of `adamw`, and
    a decay of 0.02. It needs twice Adam's memory.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `change`, and its weight in the direction, in [0, 1), or a schedule.
        b3: Decay of `nu`, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.

    Returns:
        An optimizer; `update` needs `params` for `weight_decay`. State: `count`, `learning_rate`, `rate`, `mu`,
        `change`, `nu`, `previous` (the last gradient). Memory: 4 x params, float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that it needs.

    This is the authors' program. The paper writes `1 - b` for each `b` here, starts at the first gradient instead of
    correcting the start at 0, and may restart. The program's decay is `params <- (params - rate * direction) / (1 +
    rate * weight_decay)`. If all parameters decay, that is this decay at the rate `rate / (1 + rate * weight_decay)`;
    with `no_prox=True` it is this decay itself. `optax.adan` gives the change a weight of `1 - b2`, which is 0.08 where
    the paper has 0.92.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = adan(0.1)
        >>> updates, state = tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates.round(3)
        Array([-0.1,  0.1], dtype=float32)
    """

    def init(params: optax.Params) -> dict:
        return {
            "mu": zeros(params),
            "change": zeros(params),
            "nu": full(params, real(0)),
            "previous": zeros(params),
        }

    def apply(grads: optax.Updates, state: AdanState, params: optax.Params | None) -> tuple:
        decay1, decay2, decay3, small = (value_at(number, state.count) for number in (b1, b2, b3, eps))
        made, grads = optax.safe_increment(state.count), jax.tree.map(wide, grads)
        change = jax.tree.map(lambda g, old: jnp.where(state.count > 0, g - old, 0), grads, state.previous)
        mu = jax.tree.map(lambda m, g: average(m, g, decay1), state.mu, grads)
        mean = jax.tree.map(lambda d, c: average(d, c, decay2), state.change, change)
        nu = jax.tree.map(lambda v, g, c: average(v, square(g + times(decay2, c)), decay3), state.nu, grads, change)

        weights = tuple(weight(decay, made) for decay in (decay1, decay2, decay3))

        def towards(m: jax.Array, d: jax.Array, v: jax.Array) -> jax.Array:
            ahead = debias(m, weights[0]) + times(decay2, debias(d, weights[1]))
            return over_root(ahead, debias(v, weights[2]), small)

        previous = jax.tree.map(lambda g: jnp.array(g, copy=True), grads)  # its own arrays: a state may be donated
        return jax.tree.map(towards, mu, mean, nu), state._replace(mu=mu, change=mean, nu=nu, previous=previous)

    direction = Direction(AdanState, init, apply)
    return descent(direction, learning_rate, weight_decay=weight_decay)
