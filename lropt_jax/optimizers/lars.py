"""LARS: gradient descent with momentum, whose step of every leaf is a share of the leaf."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import wide, zeros
from lropt_jax._core.decay import OWN, as_decay
from lropt_jax._core.kinds import Epsilon, LearningRate, Mask, Momentum, OwnDecay, Strength
from lropt_jax._core.lifting import lift
from lropt_jax._core.momentum import accumulated, after_rate
from lropt_jax._core.numbers import value_at
from lropt_jax._core.relations import absent
from lropt_jax._core.slots import Others
from lropt_jax.optimizers._trust import norm, trust_ratio, trusted
from lropt_jax.optimizers.descent import Direction, descent


class LARSState(NamedTuple):
    """State of `lars`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    trace: Others | None


@lift
def lars(
    learning_rate: LearningRate,
    *,
    momentum: Momentum | None = 0.9,
    nesterov: bool = False,
    rate_in_momentum: bool = True,
    trust_coefficient: Strength = 1e-3,
    eps: Epsilon = 0.0,
    joint_norm: bool = False,
    trust_mask: Mask | None = None,
    weight_decay: OwnDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """LARS: momentum, with a rate for each leaf that is relative to the size of its parameters.

    The step of a leaf `w` with gradient `g` is `u = g + weight_decay * w`, and its own rate is
    `trust_coefficient * |w| / (|g| + weight_decay * |w| + eps)`, with Euclidean norms of the whole leaf. That rate is 1
    if `|w|` or the divisor is 0. Then `m <- momentum * m + rate * own rate * u` and `params <- params - m` (You, Gitman
    and Ginsburg 2017, arXiv:1708.03888, algorithm 1).

    Choose it for convolutional networks with batches of many thousands, and for contrastive learning. Each step changes
    a leaf by the share `rate * trust_coefficient` of itself, so rates are large, above 1. Leave biases and norms out of
    `trust_mask` and of the decay's mask.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        momentum: Decay of `m`, in [0, 1), or a schedule. None: no momentum, and no memory for it.
        nesterov: Look ahead along the momentum.
        rate_in_momentum: Each step enters the momentum times the rate of its time. False: the present rate multiplies
            the momentum, as in `sgd`, so a change of the rate acts at once. At a constant rate both are the same.
        trust_coefficient: The share of its norm by which a leaf moves at a rate of 1, >= 0, or a schedule.
        eps: Added to the divisor, >= 0, or a schedule.
        joint_norm: Divide by `|g + weight_decay * w|` instead of the sum of both norms.
        trust_mask: Which leaves have their own rate; that of the others is 1. Patterns, a tree of bools like the
            parameters, or a function of them. None: all.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.
            A number decays inside the ratio, as above.

    Returns:
        An optimizer; `update` needs `params`. State: `count`, `learning_rate`, `rate`, and `trace` (`-m`, or `m`
        without `rate_in_momentum`; None without momentum). Memory: with momentum 1 x params, float32, else nothing.

    Raises:
        ValueError: A number is outside its range, `nesterov` is given without `momentum`, or `update` is called
            without `params`.

    As in the paper, except for leaves of zeros: in the paper their own rate is 0, and they never move. `optax.lars` is
    `joint_norm=True`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = lars(10.0), jnp.array([3.0, 4.0])
        >>> updates, state = tx.update(jnp.array([1.0, 1.0]), tx.init(params), params)
        >>> jnp.linalg.norm(updates).round(3)
        Array(0.05, dtype=float32)
    """
    decay = as_decay(weight_decay, OWN)

    def gather(steps: optax.Updates, state: LARSState, count: jax.Array, params: optax.Params | None) -> tuple:
        ahead, trace = accumulated(steps, state.trace, value_at(momentum, count), nesterov)  # type: ignore[arg-type]
        return ahead, state._replace(trace=trace)

    def init(params: optax.Params) -> dict:
        return {"trace": None if momentum is None else zeros(params)}

    def apply(grads: optax.Updates, state: LARSState, params: optax.Params | None) -> tuple:
        def ratio(size: jax.Array, step: jax.Array) -> jax.Array:
            return trust_ratio(
                size, step + value_at(eps, state.count).astype(step.dtype), value_at(trust_coefficient, state.count)
            )

        def total(g: jax.Array, d: jax.Array) -> jax.Array:
            return norm(g + d) if joint_norm else norm(g) + norm(d)

        grads = jax.tree.map(wide, grads)
        pull = decay.of_steps(jax.tree.map(jnp.zeros_like, grads), params, state.count)
        steps, sizes = jax.tree.map(jnp.add, grads, pull), jax.tree.map(total, grads, pull)
        steps = trusted(steps, sizes, params, trust_mask, ratio)
        if momentum is None or rate_in_momentum:
            return steps, state
        return gather(steps, state, state.count, params)

    direction = Direction(LARSState, init, apply)
    if momentum is None or not rate_in_momentum:
        return descent(direction, learning_rate, weight_decay=decay)
    return after_rate(descent(direction, learning_rate), gather, decay)


@lars.requires
def _(momentum: Momentum | None, nesterov: bool) -> None:
    if momentum is None:
        absent("momentum", nesterov=nesterov)
