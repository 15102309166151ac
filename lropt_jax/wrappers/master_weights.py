"""Float32 copies of parameters that are kept in bf16 or f16."""

from typing import Any, NamedTuple

import jax
import optax

from lropt_jax._core.absent import aligned, completed, unboxed
from lropt_jax._core.accumulators import wide
from lropt_jax._core.kinds import SteadyOptimizer
from lropt_jax._core.lifting import lift
from lropt_jax._core.refusal import needed
from lropt_jax._core.wrapping import extended, is_narrow, like, widened


class MasterState(NamedTuple):
    """State of `master_weights`; a leaf of `master` is None where the parameter itself is wide."""

    master: optax.Params
    inner: Any

    @property
    def kept_params(self) -> optax.Params:
        """The parameters that are kept beside those of the training."""
        return self.master


@lift
def master_weights(optimizer: SteadyOptimizer) -> optax.GradientTransformationExtraArgs:
    """Train parameters in bf16 or f16 by way of a float32 copy, so that small updates are not rounded away.

    The neighbours of 1 in bf16 are 0.996 and 1.008: an update of 1e-3 does not move a weight of 1, and a thousand such
    updates do not either. Here the updates add up in the copy, and the parameter is the copy, rounded.

    Choose it for all parameters in bf16 or f16. `stochastic_rounding` needs no copy but adds noise.

    Args:
        optimizer: Any, of this library or of Optax. It sees the float32 copy, and gradients in float32.

    Returns:
        An optimizer; `update` needs `params`. State: `master`, the copies, None for parameters that are wide already;
        `inner`. Memory: 1 x params, float32, for the parameters in bf16 or f16.

    Raises:
        TypeError: `optimizer` is not a gradient transformation.
        ValueError: `update` is called without `params`.

    The updates have the gradients' dtype. If an update is larger than its parameter, their sum may differ from the
    rounded copy by one rounding. The next update corrects this, because the copy is what is trained. If other code
    changes a parameter, the next update takes it back to the copy.

    Example:
        >>> import jax.numpy as jnp, optax
        >>> from lropt_jax.optimizers import sgd
        >>> tx, params = master_weights(sgd(1e-3)), jnp.ones(1, jnp.bfloat16)
        >>> state = tx.init(params)
        >>> for _ in range(4):
        ...     updates, state = tx.update(jnp.ones(1, jnp.bfloat16), state, params)
        ...     params = optax.apply_updates(params, updates)
        >>> params
        Array([0.996094], dtype=bfloat16)
    """
    inner = extended(optimizer)

    def init(params: optax.Params) -> MasterState:
        copies = jax.tree.map(lambda p: wide(p) if is_narrow(p) else None, params)
        return MasterState(copies, inner.init(completed(copies, params)))

    def update(grads: optax.Updates, state: MasterState, params: optax.Params | None = None, **extra: Any) -> tuple:
        masters = completed(state.master, needed(params))
        updates, moved = inner.update(widened(grads), state.inner, masters, **extra)
        copies = jax.tree.map(lambda u, m: None if m is None else m + u, updates, aligned(state.master, updates))

        def towards(u: jax.Array, m: jax.Array | None, p: jax.Array) -> jax.Array:
            return u if m is None else wide(m.astype(p.dtype)) - wide(p)

        return like(jax.tree.map(towards, updates, copies, params), grads), MasterState(unboxed(copies), moved)

    return optax.GradientTransformationExtraArgs(init, update)
