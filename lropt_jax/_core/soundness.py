"""Whether gradients are fit to make a step of, and updates to be applied."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import dtype_of, wide
from lropt_jax._core.reductions import together


def sound(grads: optax.Updates) -> jax.Array:
    """Whether the square of every gradient is finite."""
    sizes = (jnp.abs(wide(leaf)) for leaf in jax.tree.leaves(grads))
    largest: dict[Any, jax.Array] = {}
    for leaf in together(jnp.maximum, sizes):
        so_far = largest.get(leaf.dtype, jnp.zeros((), leaf.dtype))
        largest[leaf.dtype] = jnp.maximum(so_far, jnp.max(leaf, initial=0))
    # NaN is not below anything. A root is expensive, so XLA does not compute the whole chain again at every use.
    below = (jnp.sqrt(top) < jnp.finfo(dtype).max ** 0.25 for dtype, top in largest.items())
    return functools.reduce(jnp.logical_and, below, jnp.array(True))


def harmless(updates: optax.Updates, params: optax.Params) -> tuple[optax.Updates, jax.Array]:
    """The updates without entries that would make a parameter infinite or NaN, and whether there were none."""
    fine = jax.tree.map(_stays_finite, updates, params)
    whole = [jnp.all(leaf) for leaf in together(jnp.logical_and, jax.tree.leaves(fine))]
    return jax.tree.map(lambda fine, u: jnp.where(fine, u, 0), fine, updates), jnp.all(jnp.array(whole, bool))


def _stays_finite(update: jax.Array, param: jax.Array) -> jax.Array:
    after = (wide(param) + wide(update)).astype(dtype_of(param))
    return jnp.isfinite(after) | ~jnp.isfinite(param)
