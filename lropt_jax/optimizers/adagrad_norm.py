"""AdaGrad-Norm: the gradient over the root of the sum of its squared norms."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import divide, root, square, wide
from lropt_jax._core.kinds import LearningRate, SquaredScale
from lropt_jax._core.lifting import lift
from lropt_jax._core.magnitudes import added
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.vectors import norm, sum_of_squares
from lropt_jax.optimizers.descent import Direction, descent


class AdaGradNormState(NamedTuple):
    """State of `adagrad_norm`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    sum_of_squares: jax.Array


@lift
def adagrad_norm(
    learning_rate: LearningRate, *, initial_accumulator_value: SquaredScale = 0.0
) -> optax.GradientTransformationExtraArgs:
    """AdaGrad with one number for all parameters: the direction is the gradient's own.

    `s <- s + |g|^2` over all parameters; the direction is `g / sqrt(s)` (Ward, Wu and Bottou 2019, arXiv:1806.01811,
    algorithm 1, where `s` is `b^2`).

    Choose it as gradient descent that finds the scale of its rate: a rate that is too large costs time and not the run.
    A rotation of the parameters does not change it, as it changes `adagrad`.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`, in the parameters' unit: the length of the first update if
            `s` begins at 0.
        initial_accumulator_value: Where `s` begins, >= 0, or a schedule, whose step 0 counts. It is the paper's
            `b_0^2`, which is above 0.

    Returns:
        An optimizer. State: `count`, `learning_rate`, `rate`, `sum_of_squares` (`s`). Memory: one number.

    Raises:
        ValueError: A number is outside its range.

    As in the paper. Optax and PyTorch do not have AdaGrad-Norm.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = adagrad_norm(0.5)
        >>> updates, state = tx.update(jnp.array([3.0, -4.0]), tx.init(jnp.zeros(2)))
        >>> updates.round(3)
        Array([-0.3,  0.4], dtype=float32)
    """

    def init(params: optax.Params) -> dict:
        return {
            "sum_of_squares": jnp.array(value_at(initial_accumulator_value, 0), copy=True)
        }  # its own array: a state may be donated

    def apply(grads: optax.Updates, state: AdaGradNormState, params: optax.Params | None) -> tuple:
        total = added(state.sum_of_squares, sum_of_squares(grads))
        size = jnp.maximum(root(total, real(0), eps_in_sqrt=False), norm(grads))  # the root, unless the sum is held
        towards = jax.tree.map(lambda g: divide(wide(g), size.astype(square(g).dtype)), grads)
        return towards, state._replace(sum_of_squares=total)

    return descent(Direction(AdaGradNormState, init, apply, exact=True), learning_rate)
