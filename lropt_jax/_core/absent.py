"""Trees in which some leaves are not there: None, or what `optax.masked` has masked out, stands for each.

Flax puts a variable around every leaf, and cannot read a variable around None. So what is not there has no variable.
"""

from typing import Any

import jax

from lropt_jax._core.paths import is_masked


def is_absent(node: Any) -> bool:
    """Whether a node stands for a leaf that is not there."""
    return node is None or is_masked(node)


def is_single(node: Any) -> bool:
    """Whether a node stands for one leaf: a leaf that is not there, or a variable of Flax around one that is."""
    return is_absent(node) or _is_box(node)


def completed(part: Any, whole: Any) -> Any:
    """A tree with the leaves of another in the places where it has none."""
    return jax.tree.map(lambda leaf, other: other if is_absent(leaf) else leaf, part, whole, is_leaf=is_absent)


def aligned(part: Any, whole: Any) -> Any:
    """A tree with None for every leaf of another where it has none, so that both can be mapped over together."""

    def spread(leaf: Any, other: Any) -> Any:
        return jax.tree.map(lambda _: None, other) if is_absent(leaf) else leaf

    return jax.tree.map(spread, part, whole, is_leaf=is_absent)


def unboxed(tree: Any) -> Any:
    """A tree without the variables of Flax around leaves that are not there."""
    return jax.tree.map(_content, tree, is_leaf=is_single)


def _is_box(node: Any) -> bool:
    """Whether a node is a variable of Flax, of NNX or of Linen."""
    return hasattr(type(node), "get_metadata") or hasattr(type(node), "replace_boxed")


def _content(node: Any) -> Any:
    """What a variable is around if that is not there; everything else as it is."""
    if not _is_box(node) or jax.tree.leaves(node):
        return node
    return next(iter(jax.tree.leaves(node, is_leaf=is_masked)), None)
