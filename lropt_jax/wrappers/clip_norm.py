"""Limit the length of the gradients."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import times, wide
from lropt_jax._core.kinds import Limit, SteadyOptimizer
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.vectors import norm
from lropt_jax._core.wrapping import extended, like


class ClipNormState(NamedTuple):
    """State of `clip_norm`."""

    count: jax.Array  # type: ignore[assignment]
    norm: jax.Array
    inner: Any


@lift(elementwise=True)
def clip_norm(optimizer: SteadyOptimizer, max_norm: Limit) -> optax.GradientTransformationExtraArgs:
    """Shorten the gradients to a length where they are longer: `g * min(1, max_norm / |g|)`.

    `|g|` is over all parameters (Pascanu, Mikolov and Bengio 2013, arXiv:1211.5063, algorithm 1).

    Choose it against rare, huge gradients: it keeps their direction. To choose `max_norm`, watch `state.norm`, the
    length before the clipping. If every step is clipped, the length of the gradients no longer counts.

    Args:
        optimizer: Any, of this library or of Optax.
        max_norm: The largest length, > 0, or a schedule.

    Returns:
        An optimizer. State: `count`, updates made, () int32; `norm`, the length of the last gradients, () float32;
        `inner`. Memory: nothing. Time: one more pass over the gradients, to measure them.

    Raises:
        TypeError: `optimizer` is not a gradient transformation.
        ValueError: `max_norm` is not above 0.

    As `optax.clip_by_global_norm`, but in float32 on bf16 and f16 too.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> tx, params = clip_norm(sgd(1.0), max_norm=2.5), jnp.ones(2)
        >>> updates, state = tx.update(jnp.array([3.0, 4.0]), tx.init(params), params)
        >>> updates, state.norm
        (Array([-1.5, -2. ], dtype=float32), Array(5., dtype=float32))
    """
    inner = extended(optimizer)

    def init(params: optax.Params) -> ClipNormState:
        return ClipNormState(jnp.zeros((), jnp.int32), jnp.zeros_like(real(0)), inner.init(params))

    def update(grads: optax.Updates, state: ClipNormState, params: optax.Params | None = None, **extra: Any) -> tuple:
        length, limit = norm(grads), value_at(max_norm, state.count)
        down = jnp.where(length > 2.0**96, 2.0**-64, 1).astype(length.dtype)  # else the share may be 0 in float32
        share = jnp.where(length > limit, limit / jnp.where(length > limit, length * down, 1), 1)
        clipped = jax.tree.map(lambda leaf: times(share, times(jnp.where(length > limit, down, 1), wide(leaf))), grads)
        updates, moved = inner.update(clipped, state.inner, params, **extra)
        return like(updates, grads), ClipNormState(optax.safe_increment(state.count), length, moved)

    return optax.GradientTransformationExtraArgs(init, update)
