"""Gather the gradients of several calls into one step."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import times, wide, zeros
from lropt_jax._core.gating import gated
from lropt_jax._core.kinds import Calls, SteadyOptimizer
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import counted, real, value_at
from lropt_jax._core.wrapping import extended, like


class AccumulateState(NamedTuple):
    """State of `accumulate`."""

    updates_made: jax.Array
    gathered: jax.Array
    grads: optax.Updates
    inner: Any


@lift(elementwise=True)
def accumulate(optimizer: SteadyOptimizer, steps: Calls) -> optax.GradientTransformationExtraArgs:
    """One step of an optimizer for every `steps` calls, with the mean of their gradients.

    The calls between give updates of 0. The optimizer counts its own steps and not the calls: its schedule of 1,000
    steps lasts for 1,000 updates.

    Choose it for batches that do not fit into memory. `steps` is data: another number compiles nothing.

    Args:
        optimizer: Any, of this library or of Optax.
        steps: Calls that make one step, a whole number >= 1, or a schedule. The schedule counts the steps made so far,
            and a number that is not whole is rounded up.

    Returns:
        An optimizer. State: `updates_made`, steps made so far, () int32; `gathered`, calls since the last step, ()
        int32; `grads`, the sum of the gradients since then over `steps`, float32; `inner`. Memory: 1 x params, float32.
        Time: every call passes once over gradients and state, also when it makes no step.

    Raises:
        TypeError: `optimizer` is not a gradient transformation.
        ValueError: `steps` is below 1 or not whole.

    The optimizer reads `value` and other extra arguments of the call that makes its step. Give that call the mean of
    the losses, or the result that `plateau` waits for. `sharpness_aware` goes around `accumulate`.

    As `optax.MultiSteps`, which sums in the gradients' own dtype: in bf16 it loses small gradients.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> tx, params = accumulate(sgd(1.0), steps=2), jnp.ones(1)
        >>> nothing, state = tx.update(jnp.array([1.0]), tx.init(params), params)
        >>> both, state = tx.update(jnp.array([2.0]), state, params)
        >>> nothing, both, state.inner.count
        (Array([0.], dtype=float32), Array([-1.5], dtype=float32), Array(1, dtype=int32))
    """
    inner = extended(optimizer)

    def init(params: optax.Params) -> AccumulateState:
        return AccumulateState(jnp.zeros((), jnp.int32), jnp.zeros((), jnp.int32), zeros(params), inner.init(params))

    def update(grads: optax.Updates, state: AccumulateState, params: optax.Params | None = None, **extra: Any) -> tuple:
        needed = jnp.ceil(value_at(steps, state.updates_made))
        count = optax.safe_increment(state.gathered)
        first, last = state.gathered == 0, real(count) >= needed
        share = 1 / needed
        gathered = jax.tree.map(lambda mean, grad: _gathered(mean, grad, share, first), state.grads, grads)
        updates, held = gated(
            last,
            lambda grads, state, params: inner.update(grads, state, params, **extra),
            gathered,
            state.inner,
            params,
        )
        made = counted(state.updates_made, last)
        return like(updates, grads), AccumulateState(made, jnp.where(last, 0, count), gathered, held)

    return optax.GradientTransformationExtraArgs(init, update)


@jax.jit
def _gathered(mean: jax.Array, grad: jax.Array, share: jax.Array, first: jax.Array) -> jax.Array:
    """The mean with the share of one more gradient. The first gradient starts it anew."""
    fresh = times(share, wide(grad))
    return jnp.where(first, fresh, mean + fresh)
