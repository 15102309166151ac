"""Lion: the sign of the momentum."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import average, wide, zeros
from lropt_jax._core.kinds import Average, LearningRate, OpenAverage, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import value_at
from lropt_jax._core.slots import Moments
from lropt_jax.optimizers.descent import Direction, descent


class LionState(NamedTuple):
    """State of `lion`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Moments


@lift(exponent=-1.0, elementwise=True)
def lion(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.9,
    b2: OpenAverage = 0.99,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """Lion: each parameter moves by the rate, in the direction of its momentum.

    The direction is `sign(b1 * mu + (1 - b1) * g)`, then `mu <- b2 * mu + (1 - b2) * g`, and
    `params <- params - rate * (direction + weight_decay * params)` (Chen et al. 2023, arXiv:2302.06675, algorithm 2).

    Choose it to halve Adam's memory. Its updates are larger than Adam's: the authors advise a rate 3 to 10 times
    smaller than for `adamw`, and a decay larger by the same factor. It needs large batches: the sign of noise is noise.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Weight of `mu` in the direction, in [0, 1), or a schedule.
        b2: Decay of `mu`, in (0, 1), or a schedule.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.
            Optax's default is 1e-3.

    Returns:
        An optimizer; `update` needs `params` for `weight_decay`. State: `count`, `learning_rate`, `rate`, `mu`.
        Memory: 1 x params, float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that it needs.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = lion(0.1)
        >>> updates, state = tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates
        Array([-0.1,  0.1], dtype=float32)
    """

    def init(params: optax.Params) -> dict:
        return {"mu": zeros(params)}

    def apply(grads: optax.Updates, state: LionState, params: optax.Params | None) -> tuple:
        decay = value_at(b2, state.count)
        # b1 * old mu + (1 - b1) * g, made of the new mu: then XLA writes mu in place
        ratio = value_at(b1, state.count) / decay
        mu = jax.tree.map(lambda m, g: average(m, wide(g), decay), state.mu, grads)
        towards = jax.tree.map(lambda m, g: jnp.sign(average(m, wide(g), ratio)), mu, grads)
        return towards, state._replace(mu=mu)

    direction = Direction(LionState, init, apply)
    return descent(direction, learning_rate, weight_decay=weight_decay)
