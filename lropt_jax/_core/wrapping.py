"""What wrappers around optimizers share."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import dtype_of, promoted, times, wide
from lropt_jax._core.refusal import WrongType


def extended(optimizer: optax.GradientTransformation) -> optax.GradientTransformationExtraArgs:
    """The optimizer that a wrapper was given, made to accept extra arguments."""
    if not isinstance(optimizer, optax.GradientTransformation):
        raise WrongType(f"optimizer must be a gradient transformation, got {optimizer!r}.")
    return optax.with_extra_args_support(optimizer)


class BeforeState(NamedTuple):
    """State of wrappers that change the gradients for an optimizer."""

    count: jax.Array  # type: ignore[assignment]
    inner: Any


def before(
    optimizer: optax.GradientTransformation,
    change: Callable[[optax.Updates, optax.Params | None, jax.Array], optax.Updates],
) -> optax.GradientTransformationExtraArgs:
    """An optimizer that gets `change(grads, params, count)` as its gradients, made in float32 or wider."""
    inner = extended(optimizer)

    def init(params: optax.Params) -> BeforeState:
        return BeforeState(jnp.zeros((), jnp.int32), inner.init(params))

    def update(grads: optax.Updates, state: BeforeState, params: optax.Params | None = None, **extra: Any) -> tuple:
        updates, moved = inner.update(change(widened(grads), params, state.count), state.inner, params, **extra)
        return like(updates, grads), BeforeState(optax.safe_increment(state.count), moved)

    return optax.GradientTransformationExtraArgs(init, update)


def is_narrow(leaf: ArrayLike) -> bool:
    """Whether a parameter has less than float32's precision, and is not of whole numbers."""
    dtype = jnp.result_type(leaf)
    return jnp.issubdtype(dtype, jnp.inexact) and promoted(dtype, jnp.float32) != dtype


def widened(tree: Any) -> Any:
    """A tree with its leaves in float32 or wider."""
    return jax.tree.map(wide, tree)


def copied(tree: Any) -> Any:
    """A tree of new arrays: a state may be donated together with the parameters."""
    return jax.tree.map(lambda leaf: jnp.array(leaf, copy=True), tree)


def like(tree: Any, other: Any) -> Any:
    """A tree in the dtypes of another."""

    def cast(leaf: jax.Array, model: ArrayLike) -> jax.Array:
        dtype = dtype_of(model)
        plain = leaf.dtype == dtype and not getattr(leaf, "weak_type", False)
        return leaf if plain else leaf.astype(dtype)

    return jax.tree.map(cast, tree, other)


def nearer(tree: Any, params: optax.Params, updates: optax.Updates, share: jax.Array) -> Any:
    """A wide tree, moved by a share of the way to the parameters after the update."""
    return jax.tree.map(lambda leaf, p, u: _nearer(leaf, p, u, share), tree, params, updates)


@jax.jit
def _nearer(leaf: jax.Array, p: jax.Array, u: jax.Array, share: jax.Array) -> jax.Array:
    return leaf + times(share, wide(p) + wide(u) - leaf)
