"""AdaDelta: the gradient, scaled to the recent size of the updates."""

from typing import NamedTuple

import chex
import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import average, full, over_root, root, square, wide
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.slots import Others, Squares
from lropt_jax.optimizers.descent import Direction, descent


class AdaDeltaState(NamedTuple):
    """State of `adadelta`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    e_g: Squares
    e_x: Others


@lift(elementwise=True)
def adadelta(
    learning_rate: LearningRate = 1.0,
    *,
    decay: Average = 0.95,
    eps: Epsilon = 1e-6,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """AdaDelta: updates in the parameters' own unit, so that a rate of 1 is right.

    `e_g <- decay * e_g + (1 - decay) * g^2`; the direction is `d = sqrt(e_x + eps) / sqrt(e_g + eps) * g`; then
    `e_x <- decay * e_x + (1 - decay) * d^2` (Zeiler 2012, arXiv:1212.5701, algorithm 1), and
    `params <- params - rate * (direction + weight_decay * params)`.

    Choose it to compare with other rules that need no rate. Its first updates are about `sqrt(eps / (1 - decay))`, and
    they grow slowly. So `eps` is what really sets its speed.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`. The paper has none: a rate of 1.
        decay: Decay of both averages, in [0, 1), or a schedule.
        eps: Added inside both roots, >= 0, or a schedule. At 0 nothing ever moves.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.

    Returns:
        An optimizer; `update` needs `params` for `weight_decay`. State: `count`, `learning_rate`, `rate`, `e_g`, `e_x`.
        Memory: 2 x params, float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that it needs.

    As in the paper, which has no weight decay. PyTorch and Optax have `decay=0.9`, and their weight decay goes with
    "gradients".

    Example:
        >>> import jax.numpy as jnp
        >>> tx = adadelta(decay=0.75)
        >>> updates, state = tx.update(jnp.array([3.0, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates.round(4)
        Array([-0.002,  0.002], dtype=float32)
    """

    def init(params: optax.Params) -> dict:
        return {"e_g": full(params, real(0)), "e_x": full(params, real(0))}

    def apply(grads: optax.Updates, state: AdaDeltaState, params: optax.Params | None) -> tuple:
        keep, small = value_at(decay, state.count), value_at(eps, state.count)

        def towards(g: ArrayLike, s: jax.Array, x: jax.Array) -> jax.Array:
            return over_root(root(x, small, eps_in_sqrt=True) * wide(g), s, small, eps_in_sqrt=True)

        e_g = jax.tree.map(lambda s, g: average(s, square(g), keep), state.e_g, grads)
        direction = jax.tree.map(towards, grads, e_g, state.e_x)
        e_x = jax.tree.map(lambda x, d: average(x, square(d), keep), state.e_x, direction)
        return direction, state._replace(e_g=e_g, e_x=e_x)

    direction = Direction(AdaDeltaState, init, apply)
    return descent(direction, learning_rate, weight_decay=weight_decay)
