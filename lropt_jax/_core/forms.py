"""Slots that one state keeps in another form than another state: in bf16, or as codes with scales.

A state says `keeps_small` if slots inside of it may have another form. A node that stands for one array has two
methods: `numbers()` gives the array, and `adopted(array)` gives a node of its kind for another array.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def keeps_small(*nodes: Any) -> bool:
    """Whether any of the nodes is a state in which slots may have another form."""
    return any(getattr(type(node), "keeps_small", False) for node in nodes)


def reformed(new: Any, old: Any) -> Any:
    """The old slot in the form of the new one, if it is one array in another form; else as it is."""
    if hasattr(type(old), "numbers") and not _alike(new, old):
        old = old.numbers()
    if not _is_floating(old):
        return old
    if hasattr(type(new), "adopted"):
        return new.adopted(jnp.asarray(old)) if np.shape(old) == new.shape else old
    floats = _is_floating(new) and {np.dtype(new.dtype), np.dtype(old.dtype)} == {jnp.dtype("bfloat16"), np.dtype("f4")}
    return jnp.asarray(old, new.dtype) if floats else old


def _alike(new: Any, old: Any) -> bool:
    """Whether two nodes are of one kind, with the same arrays inside."""
    kinds = [jax.tree.map(lambda leaf: (np.shape(leaf), np.dtype(leaf.dtype)), node) for node in (new, old)]
    return type(new) is type(old) and kinds[0] == kinds[1]


def _is_floating(leaf: Any) -> bool:
    return hasattr(leaf, "dtype") and jnp.issubdtype(leaf.dtype, jnp.floating)
