"""Copies of whatever people carry through their training loop, which no step can change or donate."""

import sys
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def copied(state: Any) -> Any:
    """A copy of a state: new arrays, and new objects where Flax NNX has its own.

    NNX objects are changed in place and may share parts, so NNX copies them: a shared part stays shared. All other
    state is a tree. Functions and other leaves without numbers stay what they are.
    """
    nnx = sys.modules.get("flax.nnx")
    if nnx is not None and _holds_nnx(nnx, state):
        graph, parts = nnx.split(state)
        return nnx.merge(graph, jax.tree.map(_copy, parts))
    return jax.tree.map(_copy, state)


def _holds_nnx(nnx: Any, state: Any) -> bool:
    objects = (nnx.Object, nnx.Variable)
    return any(isinstance(leaf, objects) for leaf in jax.tree.leaves(state, is_leaf=lambda n: isinstance(n, objects)))


def _copy(leaf: Any) -> Any:
    if isinstance(leaf, jax.Array):
        return jnp.copy(leaf)
    if isinstance(leaf, np.ndarray):
        return leaf.copy()
    return jnp.array(leaf) if hasattr(leaf, "__jax_array__") else leaf  # a variable of Keras
