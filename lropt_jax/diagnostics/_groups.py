"""The groups of parameters that a record tells apart."""

from collections.abc import Sequence
from typing import Any

import optax

from lropt_jax._core.paths import REST, by_path, is_masked, labelled

_MOST = 64


def members(tree: optax.Updates, patterns: Sequence[str] | None) -> dict[str, list[int]]:
    """The places of a tree's leaves, by the names of their groups, in the order of the names.

    A group is a pattern of paths, and "*" takes what no pattern takes. Without patterns it is a module: what stands
    beside one another in the tree.
    """
    paths = [path for path, leaf in by_path(tree).items() if not is_masked(leaf)]
    if patterns is None:
        labels = _modules(paths)
    else:
        labels = list(by_path(labelled(tree, patterns, rest=True)).values())
        labels = [label for label in labels if not is_masked(label)]
    found: dict[str, list[int]] = {name: [] for name in sorted(set(labels))}
    for place, label in enumerate(labels):
        found[label].append(place)
    return found


def _modules(paths: list[str]) -> list[str]:
    """The module of each path: all of it but its last part. Where there are more than 64, only its first part."""
    for name in (_parent, _root, lambda path: REST):
        labels = [name(path) for path in paths]
        if len(set(labels)) <= _MOST:
            break
    return labels


def _parent(path: str) -> str:
    """The parent of a parameter; a parameter at the top stands for itself."""
    return path.rpartition("/")[0] or path or REST


def _root(path: str) -> str:
    return path.partition("/")[0]


def listed(groups: dict[str, Any]) -> str:
    """Names in an error."""
    return ", ".join(groups) or "none"
