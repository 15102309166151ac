"""AdaBound: Adam whose rates are held within bounds that close in on one rate for all."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import debias, full, root, times
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, Limit, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.slots import Moments, Squares
from lropt_jax.optimizers._moments import Now, moments
from lropt_jax.optimizers.descent import descent


class AdaBoundState(NamedTuple):
    """State of `adabound`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Moments
    nu: Squares
    nu_max: Squares | None


@lift(elementwise=True)
def adabound(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.9,
    b2: Average = 0.999,
    eps: Epsilon = 1e-8,
    final_rate: Limit = 100.0,
    gamma: Limit = 1e-3,
    amsbound: bool = False,
    bias_correction: bool = True,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """AdaBound: Adam at first, gradient descent with momentum in the end.

    `mu` and `nu` are Adam's. The direction is `mu * clip(1 / d, final_rate * x, final_rate / x)` with
    `d = (1 - b1^t) * (sqrt(nu / (1 - b2^t)) + eps)` and `x = gamma * t / (1 + gamma * t)`, which goes from 0 to 1,
    `t = 1, 2, ...` (Luo et al. 2019, arXiv:1902.09843, algorithm 2, here with the corrections of `adam`). Then
    `params <- params - rate * (direction + weight_decay * params)`.

    Choose it for Adam's start with the end of `sgd`. The rate of that end, `rate * final_rate` with momentum as a
    moving average, must be found too. After `1 / gamma` steps, half of the way from one to the other is done.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`. The bounds follow it.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        final_rate: Where the bounds meet, > 0, or a schedule, in units of the rate: 100 times a rate of 1e-3 is 0.1.
        gamma: How fast the bounds close in, > 0, or a schedule; the paper's is `1 - b2`.
        amsbound: Divide by the largest `nu` so far, as `amsgrad` does.
        bias_correction: Correct `mu` and `nu` for their start. False is the paper, `d = sqrt(nu) + eps`.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.

    Returns:
        An optimizer; `update` needs `params` for `weight_decay`. State: `count`, `learning_rate`, `rate`, `mu`, `nu`,
        `nu_max` (None without `amsbound`). Memory: 2 x params, float32; with `amsbound` 3 x.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that it needs.

    The defaults are those of the authors' program. It corrects its moments too, but adds `eps` before it corrects the
    root; its `final_lr` is absolute, and follows a schedule as here. The decay of its `AdaBound` goes with "gradients",
    that of its `AdaBoundW` with "nothing". The paper also divides the rate by `sqrt(t)`, which is a schedule here.
    PyTorch and Optax do not have AdaBound.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = adabound(0.1, b1=0.0, final_rate=1.0, gamma=4.0)  # x is 0.8
        >>> updates, state = tx.update(jnp.array([0.5, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates.round(4)  # rates of 0.2 and 0.05 by Adam, of 0.125 and 0.08 within the bounds
        Array([-0.0625,  0.16  ], dtype=float32)
    """

    def towards(state: AdaBoundState, grads: optax.Updates, now: Now) -> tuple:
        near = 1 / (1 + 1 / (value_at(gamma, now.count) * real(now.made)))
        final = value_at(final_rate, now.count)
        least, most = near / final, 1 / (near * final)  # bounds of the divisor: d may be 0, they are not

        first, second = now.weights

        def divided(m: jax.Array, v: jax.Array) -> jax.Array:
            divisor = root(debias(v, second) if bias_correction else v, now.eps, eps_in_sqrt=False)
            divisor = times(first, divisor) if bias_correction else divisor
            return m / jnp.clip(divisor, least.astype(divisor.dtype), most.astype(divisor.dtype))

        if not amsbound:
            return jax.tree.map(divided, state.mu, state.nu), state
        nu_max = jax.tree.map(jnp.maximum, state.nu_max, state.nu)
        return jax.tree.map(divided, state.mu, nu_max), state._replace(nu_max=nu_max)

    def slots(params: optax.Params) -> dict:
        return {"nu_max": full(params, real(0)) if amsbound else None}

    direction = moments(b1, b2, eps, towards=towards, state=AdaBoundState, slots=slots)
    return descent(direction, learning_rate, weight_decay=weight_decay)
