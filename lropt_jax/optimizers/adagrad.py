"""AdaGrad: the gradient over the root of the sum of its squares."""

from typing import NamedTuple

import chex
import jax
import optax

from lropt_jax._core.accumulators import full, over_root, root, square
from lropt_jax._core.idle import Idle
from lropt_jax._core.kinds import Epsilon, LearningRate, SquaredScale, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.magnitudes import added
from lropt_jax._core.numbers import value_at
from lropt_jax._core.slots import Squares
from lropt_jax.optimizers._stability import last, plain
from lropt_jax.optimizers.descent import Direction, descent


class AdaGradState(NamedTuple):
    """State of `adagrad`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    sum_of_squares: Squares


@lift(elementwise=True)
def adagrad(
    learning_rate: LearningRate,
    *,
    eps: Epsilon = 1e-10,
    eps_in_sqrt: bool = False,
    initial_accumulator_value: SquaredScale = 0.0,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """AdaGrad: each parameter's rate falls with the squares of the gradients that it has seen.

    `s <- s + g^2`; the direction is `g / (sqrt(s) + eps)` (Duchi, Hazan and Singer 2011, section 1.1, diagonal form).
    Then `params <- params - rate * (direction + weight_decay * params)`.

    Choose it for sparse features and for convex problems: its rates fall as `1 / sqrt(t)` by themselves. In long runs
    of deep networks they fall too early. The first update is `rate` in every coordinate.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        eps: Added to the root, >= 0, or a schedule.
        eps_in_sqrt: Add `eps` inside the root instead: `g / sqrt(s + eps)`.
        initial_accumulator_value: Where `s` begins, >= 0, or a schedule, whose step 0 counts. Above 0, first steps with
            small gradients are shorter, and the scale of the gradients matters.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.

    Returns:
        An optimizer; `update` needs `params` for `weight_decay`. State: `count`, `learning_rate`, `rate`,
        `sum_of_squares` (`s`). Memory: 1 x params, float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that it needs.

    These defaults are the paper's and PyTorch's, but PyTorch's weight decay goes with "gradients". `optax.adagrad` is
    `eps=1e-7, eps_in_sqrt=True, initial_accumulator_value=0.1`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = adagrad(0.1)
        >>> updates, state = tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates.round(3)
        Array([-0.1,  0.1], dtype=float32)
    """

    def init(params: optax.Params) -> dict:
        return {"sum_of_squares": full(params, value_at(initial_accumulator_value, 0))}

    def apply(grads: optax.Updates, state: AdaGradState, params: optax.Params | None) -> tuple:
        small = value_at(eps, state.count)
        sums = jax.tree.map(lambda s, g: added(s, square(g)), state.sum_of_squares, grads)
        towards = jax.tree.map(lambda s, g: over_root(g, s, small, eps_in_sqrt), sums, grads)
        return towards, state._replace(sum_of_squares=sums)

    def scale(state: AdaGradState, params: optax.Params) -> optax.Updates:
        small = value_at(eps, last(state.count))
        return jax.tree.map(lambda s: 1 / root(s, small, eps_in_sqrt), state.sum_of_squares)

    direction = Direction(AdaGradState, init, apply, scale=scale, limit=lambda state: plain(), idle=lambda: Idle({}))
    return descent(direction, learning_rate, weight_decay=weight_decay)
