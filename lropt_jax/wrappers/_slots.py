"""The slots of a state, found and mapped over: of an optimizer of this library, or of a chain of Optax's."""

import itertools
from collections.abc import Callable
from typing import Any

import jax

from lropt_jax._core.paths import by_path, is_masked
from lropt_jax._core.slots import Slot, slots_of
from lropt_jax.wrappers._blocks import Blocks
from lropt_jax.wrappers._chance import words


def mapped(function: Callable[..., Any], state: Any, *others: Any, otherwise: Callable[..., Any] | None = None) -> Any:
    """A state with `function(slot, tree, *trees)` in the place of each slot; all else is as `otherwise` says, or stays.

    Slots are those that their optimizer has declared, alone or in a chain. The other states must be of the same one.
    """
    found = slots_of(state)
    if found or type(state) is tuple:
        parts = [
            function(found[name], *values)
            if name in found and values[0] is not None
            else mapped(function, *values, otherwise=otherwise)
            for name, values in zip(_names(state), zip(state, *others, strict=True), strict=True)
        ]
        return type(state)(*parts) if hasattr(type(state), "_fields") else type(state)(parts)
    return state if otherwise is None else otherwise(state, *others)


def declared(state: Any) -> list[tuple[Slot, Any]]:
    """What each slot holds, and its tree, in their order."""
    found: list[tuple[Slot, Any]] = []
    mapped(lambda slot, tree: found.append((slot, tree)), state)
    return found


def keeps_others(state: Any) -> bool:
    """Whether a state keeps arrays beside its slots and the state of its rate."""
    rest = mapped(lambda slot, tree: None, state)
    of_rate = jax.tree_util.GetAttrKey("rate")
    return any(leaf.ndim and of_rate not in place for place, leaf in jax.tree_util.tree_leaves_with_path(rest))


def each_leaf(function: Callable[..., Any], seed: Any, step: jax.Array, state: Any, *others: Any) -> Any:
    """A state with `function(slot, path, leaf, words, *leaves)` in the place of each leaf of a slot.

    The words are those by which the leaf is rounded: of the seed, of the step, and its own. Beside slots it has what
    the last of the states has.
    """
    of_step, places = words(seed, step), itertools.count()

    def of_slot(slot: Slot, tree: Any, *trees: Any) -> Any:
        flat, shape = jax.tree.flatten(tree, is_leaf=is_blocks)
        paths = [path for path, leaf in by_path(tree, is_leaf=is_blocks).items() if not is_masked(leaf)]
        rest = [jax.tree.leaves(other, is_leaf=is_blocks) for other in trees]
        changed = [
            function(slot, path, leaf, of_step.of(next(places)), *leaves)
            for path, leaf, *leaves in zip(paths, flat, *rest, strict=True)
        ]
        return jax.tree.unflatten(shape, changed)

    return mapped(of_slot, state, *others, otherwise=lambda *kept: kept[-1])


def is_blocks(node: Any) -> bool:
    """Whether a node of a tree is an array in blocks."""
    return isinstance(node, Blocks)


def _names(state: Any) -> tuple[str, ...]:
    return getattr(type(state), "_fields", tuple(map(str, range(len(state)))))
