"""What wrappers around optimizers share."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import times, wide


def wrapped(owner: str, optimizer: Any) -> optax.GradientTransformationExtraArgs:
    """The optimizer that a wrapper was given, taking extra arguments whether it wants them or not."""
    if not isinstance(optimizer, optax.GradientTransformation):
        raise TypeError(f"{owner}: optimizer must be a gradient transformation, got {optimizer!r}.")
    return optax.with_extra_args_support(optimizer)


def before(
    owner: str, optimizer: Any, change: Callable[[optax.Updates, optax.Params | None], optax.Updates]
) -> optax.GradientTransformationExtraArgs:
    """An optimizer whose gradients are changed first, in float32 or wider; `change` has them so and the parameters."""
    inner = wrapped(owner, optimizer)

    def update(grads: optax.Updates, state: Any, params: optax.Params | None = None, **extra: Any) -> tuple:
        updates, state = inner.update(change(widened(grads), params), state, params, **extra)
        return like(updates, grads), state

    return optax.GradientTransformationExtraArgs(inner.init, update)


def needed(owner: str, params: optax.Params | None) -> optax.Params:
    """The parameters that a wrapper cannot do without."""
    if params is None:
        raise ValueError(f"{owner}: update needs params; call tx.update(grads, state, params).")
    return params


def is_narrow(leaf: ArrayLike) -> bool:
    """Whether a parameter has less than float32's precision, and is not of whole numbers."""
    dtype = jnp.result_type(leaf)
    return jnp.issubdtype(dtype, jnp.inexact) and jnp.promote_types(dtype, jnp.float32) != dtype


def widened(tree: Any) -> Any:
    """A tree with its leaves in float32 or wider."""
    return jax.tree.map(wide, tree)


def copied(tree: Any) -> Any:
    """A tree of arrays of their own: a state may be donated together with the parameters."""
    return jax.tree.map(lambda leaf: jnp.array(leaf, copy=True), tree)


def like(tree: Any, other: Any) -> Any:
    """A tree in the dtypes of another."""
    return jax.tree.map(lambda leaf, model: leaf.astype(jnp.asarray(model).dtype), tree, other)


def nearer(tree: Any, params: optax.Params, updates: optax.Updates, share: jax.Array) -> Any:
    """A wide tree, moved by a share of the way to the parameters after an update."""
    return jax.tree.map(lambda leaf, p, u: _nearer(leaf, p, u, share), tree, params, updates)


@jax.jit
def _nearer(leaf: jax.Array, p: jax.Array, u: jax.Array, share: jax.Array) -> jax.Array:
    return leaf + times(share, wide(p) + wide(u) - leaf)
