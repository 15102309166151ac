"""Stochastic gradient descent: the direction is the gradient, or its momentum."""

from typing import NamedTuple

import chex
import jax
import optax

from lropt_jax._core.accumulators import full, times, wide, zeros
from lropt_jax._core.kinds import LearningRate, Momentum, Share, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.refusal import Refused
from lropt_jax._core.relations import absent
from lropt_jax._core.slots import Moments
from lropt_jax.optimizers._idle import momentum_alone
from lropt_jax.optimizers._stability import last, mixed, plain, summed
from lropt_jax.optimizers.descent import Direction, descent


class SGDState(NamedTuple):
    """State of `sgd`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    trace: Moments | None


@lift(scaling="linear", elementwise=True)
def sgd(
    learning_rate: LearningRate,
    *,
    momentum: Momentum | None = None,
    dampening: Share | None = None,
    nesterov: bool = False,
    nu: Share | None = None,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """Stochastic gradient descent, with momentum if asked for.

    Without momentum the direction is `g`. With momentum, `m <- momentum * m + (1 - dampening) * g` and the direction is
    `m`, or with Nesterov's momentum `momentum * m + (1 - dampening) * g` (Sutskever et al. 2013). Then
    `params <- params - rate * (direction + weight_decay * params)`.

    Quasi-hyperbolic momentum is `sgd(1.0, momentum=0.999, dampening=0.999, nu=0.7)`: the direction is
    `nu * m + (1 - nu) * g` (Ma and Yarats 2019, arXiv:1810.06801; `pytorch_optimizer.QHM`). Its memory may be
    long, because the present gradient is a fixed part of every step.

    Choose it if the curvature is alike in all directions or the noise is large, and for all rules that are not descent:
    Robbins and Monro (1951), EM, Bellman. For curvature `L` rates are stable up to `2 / L`, and with momentum up to
    `2 (1 + momentum) / L`.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        momentum: Decay of `m`, in [0, 1), or a schedule. None: no momentum, and no memory for it.
        dampening: The share of a gradient that is left out of `m`, in [0, 1], or a schedule. None: 0, so `m` is a sum.
            If it is equal to `momentum`, `m` is a moving average: steps are as long as the gradients, and a change of
            `momentum` needs no other rate. PyTorch does not dampen the first gradient: take `piecewise((0, d), (1,))`
            for its `d`.
        nesterov: Look ahead along the momentum.
        nu: The share of `m` beside the present gradient in the direction, in [0, 1], or a schedule. It means what the
            paper says if `dampening` is equal to `momentum`. None: the direction is `m` alone.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.

    Returns:
        An optimizer. State: `count`, `learning_rate`, `rate`, and `trace` (`m`; None without momentum). Memory: with
        momentum 1 x params, float32, else nothing.

    Raises:
        ValueError: A number is outside its range, `nesterov`, `dampening` or `nu` is given without `momentum`, `nu` is
            given beside `nesterov`, or `update` is called without the `params` that `weight_decay` needs.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = sgd(0.1, momentum=0.9)
        >>> updates, state = tx.update(jnp.array([1.0, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates
        Array([-0.1,  0.2], dtype=float32)
    """

    def init(params: optax.Params) -> dict:
        return {"trace": None if momentum is None else zeros(params)}

    def apply(grads: optax.Updates, state: SGDState, params: optax.Params | None) -> tuple:
        grads = jax.tree.map(wide, grads)
        if momentum is None:
            return grads, state
        keep = value_at(momentum, state.count)
        fresh = grads
        if dampening is not None:
            fresh = jax.tree.map(lambda g: times(1 - value_at(dampening, state.count), g), grads)
        trace = jax.tree.map(lambda m, g: times(keep, m) + g, state.trace, fresh)
        ahead = jax.tree.map(lambda m, g: times(keep, m) + g, trace, fresh) if nesterov else trace
        if nu is not None:
            share = value_at(nu, state.count)
            ahead = jax.tree.map(lambda m, g: times(share, m) + times(1 - share, g), trace, grads)
        return ahead, state._replace(trace=trace)

    def limit(state: SGDState) -> jax.Array:
        if momentum is None:
            return plain()
        step = last(state.count)
        fresh = 1 - value_at(0 if dampening is None else dampening, step)
        keep = value_at(momentum, step)
        return summed(keep, fresh, nesterov) if nu is None else mixed(keep, fresh, value_at(nu, step))

    def scale(state: SGDState, params: optax.Params) -> optax.Updates:
        return full(params, real(1))

    alone = momentum_alone(momentum, nesterov) if nu is None else None
    direction = Direction(SGDState, init, apply, exact=True, scale=scale, limit=limit, idle=alone)
    return descent(direction, learning_rate, weight_decay=weight_decay)


@sgd.requires
def _(momentum: Momentum | None, dampening: Share | None, nesterov: bool, nu: Share | None) -> None:
    if momentum is None:
        absent("momentum", dampening=dampening, nesterov=nesterov, nu=nu)
    if nesterov and nu is not None:
        raise Refused(
            f"nu must be None with nesterov, got {nu}; nu=momentum with dampening=momentum looks as far ahead."
        )
