"""Limit every single gradient."""

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.kinds import Limit, SteadyOptimizer
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import value_at
from lropt_jax._core.wrapping import before


@lift(elementwise=True)
def clip_value(optimizer: SteadyOptimizer, max_value: Limit) -> optax.GradientTransformationExtraArgs:
    """Hold every coordinate of the gradients in `[-max_value, max_value]`.

    Choose it where single coordinates get huge gradients, as in the embedding of a rare word. Unlike `clip_norm` it
    changes the gradient's direction. Around rules that ignore the gradients' size, such as `lion`, it does little.

    Args:
        optimizer: Any, of this library or of Optax.
        max_value: The largest absolute value, > 0, or a schedule.

    Returns:
        An optimizer. State: `count`, updates made, () int32; `inner`. Memory: nothing.

    Raises:
        TypeError: `optimizer` is not a gradient transformation.
        ValueError: `max_value` is not above 0.

    As `optax.clip`, which refuses complex gradients. Here a complex coordinate keeps its angle, and its absolute value
    is at most `max_value`.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> tx, params = clip_value(sgd(1.0), max_value=2.0), jnp.ones(2)
        >>> tx.update(jnp.array([3.0, -1.0]), tx.init(params), params)[0]
        Array([-2.,  1.], dtype=float32)
    """

    def clipped(grads: optax.Updates, params: optax.Params | None, count: jax.Array) -> optax.Updates:
        limit = value_at(max_value, count)
        return jax.tree.map(lambda leaf: _clipped(leaf, limit.astype(jnp.finfo(leaf.dtype).dtype)), grads)

    return before(optimizer, clipped)


def _clipped(leaf: jax.Array, limit: jax.Array) -> jax.Array:
    if not jnp.iscomplexobj(leaf):
        return jnp.clip(leaf, -limit, limit)
    size = jnp.abs(leaf)
    return jnp.where(size > limit, leaf * (limit / jnp.where(size > limit, size, 1)), leaf)
