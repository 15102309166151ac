"""Slow weights that follow the fast ones every few steps."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import wide
from lropt_jax._core.kinds import AnyOptimizer, Count, Fraction
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import needed
from lropt_jax._core.wrapping import copied, extended, like, nearer, widened


class LookaheadState(NamedTuple):
    """State of `lookahead`."""

    since_sync: jax.Array
    slow: optax.Params
    inner: Any

    @property
    def kept_params(self) -> optax.Params:
        """The parameters that are kept beside those of the training."""
        return self.slow


@lift
def lookahead(
    optimizer: AnyOptimizer, steps: Count = 5, *, slow_rate: Fraction = 0.5
) -> optax.GradientTransformationExtraArgs:
    """Every `steps` updates, go back to a point between where these updates began and where they ended.

    `slow <- slow + slow_rate * (params - slow)`, `params <- slow` (Zhang et al. 2019, arXiv:1907.08610, algorithm 1).

    Choose it to calm an optimizer whose rate is a little too high. By default it takes back half of the way that
    `steps` updates have made, so at small rates it costs speed.

    Args:
        optimizer: Any, of this library or of Optax. Going back does not change its state.
        steps: Updates from one return to the next, a whole number >= 1.
        slow_rate: The share of the way that stays, in [0, 1]. 0 takes everything back, 1 takes nothing back.

    Returns:
        An optimizer; `update` needs `params`. State: `since_sync`, updates since the last return, () int32; `slow`,
        float32; `inner`. Memory: 1 x params, float32.

    Raises:
        TypeError: `optimizer` is not a gradient transformation.
        ValueError: A number is outside its range, or `update` is called without `params`.

    As in the paper. `optax.lookahead` is the same, but its users must carry the fast and the slow parameters as a pair.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> tx, params = lookahead(sgd(1.0), steps=1), jnp.array([2.0])
        >>> tx.update(jnp.array([1.0]), tx.init(params), params)[0]
        Array([-0.5], dtype=float32)
    """
    inner = extended(optimizer)

    def init(params: optax.Params) -> LookaheadState:
        return LookaheadState(jnp.zeros((), jnp.int32), copied(widened(params)), inner.init(params))

    def update(grads: optax.Updates, state: LookaheadState, params: optax.Params | None = None, **extra: Any) -> tuple:
        fast, moved = inner.update(grads, state.inner, needed(params), **extra)
        since = optax.safe_increment(state.since_sync)
        sync = since >= jnp.asarray(steps)
        share = jnp.where(sync, real(slow_rate), 0)
        slow = nearer(state.slow, params, fast, share)
        updates = jax.tree.map(lambda s, p, u: jnp.where(sync, s - wide(p), wide(u)), slow, params, fast)
        return like(updates, grads), LookaheadState(jnp.where(sync, 0, since), slow, moved)

    return optax.GradientTransformationExtraArgs(init, update)
