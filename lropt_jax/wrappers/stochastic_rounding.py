"""Updates of bf16 and f16 parameters that are right in the mean."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import wide
from lropt_jax._core.kinds import Seed, SteadyOptimizer
from lropt_jax._core.lifting import lift
from lropt_jax._core.refusal import needed
from lropt_jax._core.wrapping import extended, is_narrow, like, widened


class RoundingState(NamedTuple):
    """State of `stochastic_rounding`."""

    updates_made: jax.Array
    inner: Any


@lift
def stochastic_rounding(optimizer: SteadyOptimizer, *, seed: Seed = 0) -> optax.GradientTransformationExtraArgs:
    """Round parameters in bf16 or f16 up or down by chance, so that small updates arrive in the mean.

    A sum that lies a share `s` of the way from one number of the dtype to the next becomes the upper one with
    probability `s` (Gupta et al. 2015, arXiv:1502.02551, section 3). Rounding to the nearest would lose every update
    that is smaller than half of that distance.

    Choose it if the float32 copy of `master_weights` does not fit into memory. Every update adds noise of the size of
    the distance between neighbours in the dtype, so do not train for long at small rates.

    Args:
        optimizer: Any, of this library or of Optax. It sees parameters and gradients in float32.
        seed: The seed of the roundings, a whole number. The same seed gives the same roundings, so runs side by side
            need different seeds.

    Returns:
        An optimizer; `update` needs `params`. State: `updates_made` () int32; `inner`. Memory: nothing.

    Raises:
        TypeError: `optimizer` is not a gradient transformation.
        ValueError: `seed` is not a whole number, or `update` is called without `params`.

    Parameters in float32 or wider get the optimizer's updates unchanged. The updates have the gradients' dtype. If an
    update is larger than its parameter, their sum may differ by one rounding of the update.

    Example:
        >>> import jax.numpy as jnp, optax
        >>> from lropt_jax.optimizers import sgd
        >>> tx, params = stochastic_rounding(sgd(1e-3)), jnp.ones(10_000, jnp.bfloat16)
        >>> updates, state = tx.update(params, tx.init(params), params)
        >>> jnp.mean(updates.astype(jnp.float32)).round(4)
        Array(-0.001, dtype=float32)
    """
    inner = extended(optimizer)

    def init(params: optax.Params) -> RoundingState:
        return RoundingState(jnp.zeros((), jnp.int32), inner.init(widened(params)))

    def update(grads: optax.Updates, state: RoundingState, params: optax.Params | None = None, **extra: Any) -> tuple:
        full = widened(needed(params))
        updates, moved = inner.update(widened(grads), state.inner, full, **extra)
        leaves, tree = jax.tree.flatten(params)
        key = jax.random.fold_in(jax.random.key(jnp.asarray(seed, jnp.int32)), state.updates_made)
        keys = jax.tree.unflatten(tree, jax.random.split(key, len(leaves)) if leaves else [])

        def towards(p: jax.Array, u: jax.Array, key: jax.Array) -> jax.Array:
            return wide(_rounded(wide(p) + u, p.dtype, key)) - wide(p) if is_narrow(p) else u

        updates = jax.tree.map(towards, params, updates, keys)
        return like(updates, grads), RoundingState(optax.safe_increment(state.updates_made), moved)

    return optax.GradientTransformationExtraArgs(init, update)


def _rounded(exact: jax.Array, dtype: Any, key: jax.Array) -> jax.Array:
    """One of the two neighbours in `dtype`, the nearer one more often."""
    nearest = exact.astype(dtype)
    below = jnp.where(wide(nearest) > exact, jnp.nextafter(nearest, jnp.array(-jnp.inf, dtype)), nearest)
    above = jnp.nextafter(below, jnp.array(jnp.inf, dtype))
    share = (exact - wide(below)) / (wide(above) - wide(below))
    return jnp.where(jax.random.uniform(key, exact.shape, exact.dtype) < share, above, below)
