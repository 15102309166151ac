"""Stochastic gradient descent: the direction is the gradient, or its momentum."""

from typing import NamedTuple

import chex
import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.accumulators import times, wide, zeros
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import at
from lropt_jax.optimizers.descent import Direction, descent


class SGDState(NamedTuple):
    """State of `sgd`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    trace: optax.Updates | None


@lift
def sgd(
    learning_rate: optax.ScalarOrSchedule,
    *,
    momentum: ArrayLike | optax.Schedule | None = None,
    nesterov: bool = False,
    weight_decay: ArrayLike | optax.Schedule | None = None,
) -> optax.GradientTransformationExtraArgs:
    """Stochastic gradient descent, with momentum if asked for.

    `m <- momentum * m + g` and the direction is `m`; with Nesterov's, `momentum * m + g` (Sutskever et al. 2013);
    without momentum, `g`. Then `params <- params - rate * (direction + weight_decay * params)`.

    Choose it where the curvature is even or the noise large, and for anything that is not descent: Robbins and Monro
    (1951), EM, Bellman. The stable rates end at `2 / L` for curvature `L`, at `2 (1 + momentum) / L` with momentum.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        momentum: In [0, 1), or a schedule. None: no momentum, and no memory for it.
        nesterov: Look ahead along the momentum.
        weight_decay: Decoupled decay, >= 0, or a schedule. None: none. PyTorch's `SGD(weight_decay=)` is coupled: it
            goes through the momentum; for that, chain `optax.add_decayed_weights` before this.

    Returns:
        An optimizer. State: `count`, `learning_rate`, `rate`, and `trace` (`m`; None without momentum). Memory: with
        momentum 1 x params, float32, else nothing.

    Raises:
        ValueError: A number is outside its range, or `nesterov` without `momentum`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = sgd(0.1, momentum=0.9)
        >>> updates, state = tx.update(jnp.array([1.0, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates
        Array([-0.1,  0.2], dtype=float32)
    """
    if momentum is not None:
        checks.schedulable(checks.below_one, "sgd", momentum=momentum)
    elif nesterov:
        raise ValueError("sgd: nesterov must be False without momentum, got True; give momentum.")

    def init(params: optax.Params) -> dict:
        return {"trace": None if momentum is None else zeros(params)}

    def apply(grads: optax.Updates, state: SGDState, params: optax.Params | None) -> tuple:
        grads = jax.tree.map(wide, grads)
        if momentum is None:
            return grads, state
        keep = at(momentum, state.count)
        trace = jax.tree.map(lambda m, g: times(keep, m) + g, state.trace, grads)
        ahead = jax.tree.map(lambda m, g: times(keep, m) + g, trace, grads) if nesterov else trace
        return ahead, state._replace(trace=trace)

    return descent("sgd", Direction(SGDState, init, apply), learning_rate, weight_decay=weight_decay)
