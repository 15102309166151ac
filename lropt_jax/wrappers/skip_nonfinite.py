"""Leave out the steps whose gradients are not finite, or whose loss is NaN."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.gating import gated
from lropt_jax._core.kinds import SteadyOptimizer
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import counted, real
from lropt_jax._core.soundness import sound
from lropt_jax._core.state import reads_results
from lropt_jax._core.wrapping import extended


class SkipState(NamedTuple):
    """State of `skip_nonfinite`."""

    skipped: jax.Array
    skipped_in_a_row: jax.Array
    inner: Any


@lift(elementwise=True)
def skip_nonfinite(optimizer: SteadyOptimizer) -> optax.GradientTransformationExtraArgs:
    """Make no step where a gradient is NaN or infinite: nothing moves, and the schedule waits.

    Parameters, slots and the step count stay as they are, so one bad batch does not spoil the state for ever. A
    gradient whose square is not finite is skipped too: it says little but that the loss broke. So is a step whose loss
    is NaN, if it is passed as `value`. Inside, `plateau` and `greedy` take NaN for "no result now": with them a step is
    not skipped for that.

    Choose it for training in f16, for loss scaling, or for data that may hold bad numbers. Watch `skipped_in_a_row`: if
    every step is skipped, the parameters themselves are bad.

    Args:
        optimizer: Any, of this library or of Optax.

    Returns:
        An optimizer. State: `skipped`, steps skipped so far, () int32; `skipped_in_a_row`, steps skipped since the last
        one that was made, () int32; `inner`. Memory: nothing. Time: one more pass over the gradients.

    Raises:
        TypeError: `optimizer` is not a gradient transformation.

    `optax.apply_if_finite` lets bad gradients pass after some in a row. This wrapper never does.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import adam
        >>> tx, params = skip_nonfinite(adam(0.1)), jnp.ones(2)
        >>> updates, state = tx.update(jnp.array([1.0, jnp.nan]), tx.init(params), params)
        >>> updates, state.skipped, state.inner.count
        (Array([0., 0.], dtype=float32), Array(1, dtype=int32), Array(0, dtype=int32))
    """
    inner = extended(optimizer)

    def init(params: optax.Params) -> SkipState:
        return SkipState(jnp.zeros((), jnp.int32), jnp.zeros((), jnp.int32), inner.init(params))

    def update(grads: optax.Updates, state: SkipState, params: optax.Params | None = None, **extra: Any) -> tuple:
        go = sound(grads)
        if extra.get("value") is not None and not reads_results(state.inner):
            go &= ~jnp.any(jnp.isnan(real(extra["value"])))
        updates, held = gated(
            go, lambda grads, state, params: inner.update(grads, state, params, **extra), grads, state.inner, params
        )
        row = jnp.where(go, 0, optax.safe_increment(state.skipped_in_a_row))
        return updates, SkipState(counted(state.skipped, ~go), row, held)

    return optax.GradientTransformationExtraArgs(init, update)
