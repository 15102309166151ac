"""The direction of one optimizer with the length of another's steps."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import times
from lropt_jax._core.kinds import AnyOptimizer
from lropt_jax._core.lifting import lift
from lropt_jax._core.vectors import norm
from lropt_jax._core.wrapping import extended, like, widened


class GraftedState(NamedTuple):
    """State of `grafted`."""

    direction: Any
    norm_of: Any


@lift
def grafted(direction: AnyOptimizer, norm_of: AnyOptimizer) -> optax.GradientTransformationExtraArgs:
    """Go where one optimizer goes, as far as another one goes: `d / |d| * |n|` for each array.

    `d` is the update of `direction`, `n` that of `norm_of`; both see the same gradients (Agarwal et al. 2020,
    arXiv:2002.11803, algorithm 1, layer by layer).

    Choose it to give a new direction a rate and a schedule that were tuned for another optimizer: `grafted(sm3(1.0),
    adam(cosine(1e-3, n)))`. It also tells whether an optimizer wins by where it goes or by how far. It pays for two
    optimizers, and where the length of the steps is what is good about `direction`, it throws that away.

    Args:
        direction: Any, of this library or of Optax. Its rate plays no role, unless it is 0; weight decay does.
        norm_of: Any. Its rate, its schedule and its warmup are those of the whole. A weight decay inside changes how
            far the step goes, not where.

    Returns:
        An optimizer. State: `direction` and `norm_of`, the states of both. `learning_rate(state)` gives both rates.
        Memory: that of both. An array for which `direction` makes no step stays.

    Raises:
        TypeError: One of them is not a gradient transformation.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd, sign_sgd
        >>> tx = grafted(sign_sgd(1.0), sgd(0.5))
        >>> tx.update(jnp.array([1.0, -1.0, 5.0, -3.0]), tx.init(jnp.zeros(4)))[0]
        Array([-1.5,  1.5, -1.5,  1.5], dtype=float32)
    """
    where, far = extended(direction), extended(norm_of)

    def init(params: optax.Params) -> GraftedState:
        return GraftedState(where.init(params), far.init(params))

    def update(grads: optax.Updates, state: GraftedState, params: optax.Params | None = None, **extra: Any) -> tuple:
        given = widened(grads)
        towards, moved = where.update(given, state.direction, params, **extra)
        steps, after = far.update(given, state.norm_of, params, **extra)
        return like(jax.tree.map(_scaled, towards, steps), grads), GraftedState(moved, after)

    return optax.GradientTransformationExtraArgs(init, update)


@jax.jit
def _scaled(towards: jax.Array, step: jax.Array) -> jax.Array:
    length = norm(towards)
    return times(norm(step) / jnp.where(length > 0, length, 1), towards)
