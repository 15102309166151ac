"""Rprop: each parameter has a step of its own, which grows while the sign of its gradient stays."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import full, times, wide, zeros
from lropt_jax._core.kinds import Growth, LearningRate, Share, Shrink
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax.optimizers.descent import Direction, descent


class RpropState(NamedTuple):
    """State of `rprop`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    step_sizes: optax.Updates
    prev_signs: optax.Updates


@lift(elementwise=True)
def rprop(
    learning_rate: LearningRate,
    *,
    eta_plus: Growth = 1.2,
    eta_minus: Shrink = 0.5,
    min_step: Share = 1e-5,
    max_step: Growth = 500.0,
) -> optax.GradientTransformationExtraArgs:
    """Rprop: the sign of the gradient, times a step that each parameter finds for itself.

    `s` begins at 1. Where `g` has the same sign as before, `s <- eta_plus * s`. Where it has the other sign,
    `s <- eta_minus * s`, and `g` counts as 0 in this step and as the previous sign of the next. `s` stays between
    `min_step` and `max_step`. The direction is `s * sign(g)` (Riedmiller and Braun 1993, in the form iRprop- of Igel
    and Huesken 2003, which takes no step back).

    Choose it for exact gradients of a full batch, of any scale: a rate that is 100 times too small costs 26 steps.
    Noise changes signs too, so on small batches all steps shrink to `min_step`.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`: the first step of every parameter. A schedule multiplies
            all steps of the run.
        eta_plus: How a step grows, >= 1, or a schedule.
        eta_minus: How a step shrinks, in [0, 1), or a schedule.
        min_step: The smallest `s`, in [0, 1], or a schedule, in units of the rate.
        max_step: The largest `s`, >= 1, or a schedule, in units of the rate.

    Returns:
        An optimizer. State: `count`, `learning_rate`, `rate`, `step_sizes` (`s`), `prev_signs`. Memory: 2 x params,
        float32.

    Raises:
        ValueError: A number is outside its range.

    The defaults are those of the paper, whose steps begin at 0.1 and stay between 1e-6 and 50. PyTorch's limits are
    absolute too: `Rprop(lr, step_sizes=(a, b))` is `min_step=a / lr, max_step=b / lr`, and a schedule has no effect in
    PyTorch. `optax.rprop` has PyTorch's limits. It gives each update one step late, so its first update is 0.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = rprop(0.1)
        >>> _, state = tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates, state = tx.update(jnp.array([5e-3, -1.0]), state)
        >>> updates.round(3)
        Array([-0.12,  0.12], dtype=float32)
    """

    def init(params: optax.Params) -> dict:
        return {"step_sizes": full(params, real(1)), "prev_signs": zeros(params)}

    def apply(grads: optax.Updates, state: RpropState, params: optax.Params | None) -> tuple:
        grow, shrink, low, high = (
            value_at(number, state.count) for number in (eta_plus, eta_minus, min_step, max_step)
        )

        def adapted(step: jax.Array, agree: jax.Array) -> jax.Array:
            step = times(jnp.where(agree > 0, grow, jnp.where(agree < 0, shrink, 1)), step)
            return jnp.clip(step, low.astype(step.dtype), high.astype(step.dtype))

        agree = jax.tree.map(lambda g, before: agreement(wide(g), before), grads, state.prev_signs)
        steps = jax.tree.map(adapted, state.step_sizes, agree)
        signs = jax.tree.map(lambda g, a: jnp.where(a < 0, 0, jnp.sign(wide(g))), grads, agree)
        towards = jax.tree.map(jnp.multiply, steps, signs)
        return towards, state._replace(step_sizes=steps, prev_signs=signs)

    return descent(Direction(RpropState, init, apply), learning_rate)


def agreement(left: jax.Array, right: jax.Array) -> jax.Array:
    """Above 0 where two leaves have one sign, below 0 where they differ, 0 where one is 0. A product may underflow."""
    return jnp.real(jnp.sign(left) * jnp.conj(jnp.sign(right)))
