"""What wrappers around optimizers share."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import wide


def wrapped(owner: str, optimizer: Any) -> optax.GradientTransformationExtraArgs:
    """The optimizer that a wrapper was given, taking extra arguments whether it wants them or not."""
    if not isinstance(optimizer, optax.GradientTransformation):
        raise TypeError(f"{owner}: optimizer must be a gradient transformation, got {optimizer!r}.")
    return optax.with_extra_args_support(optimizer)


def needed(owner: str, params: optax.Params | None) -> optax.Params:
    """The parameters that a wrapper cannot do without."""
    if params is None:
        raise ValueError(f"{owner}: update needs params; call tx.update(grads, state, params).")
    return params


def widened(tree: Any) -> Any:
    """A tree with its leaves in float32 or wider."""
    return jax.tree.map(wide, tree)


def copied(tree: Any) -> Any:
    """A tree of arrays of their own: a state may be donated together with the parameters."""
    return jax.tree.map(lambda leaf: jnp.array(leaf, copy=True), tree)


def like(tree: Any, other: Any) -> Any:
    """A tree in the dtypes of another."""
    return jax.tree.map(lambda leaf, model: leaf.astype(jnp.asarray(model).dtype), tree, other)
