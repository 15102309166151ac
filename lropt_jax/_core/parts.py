"""Which leaves of one state another state has, by the names that lead to them."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.forms import keeps_small, reformed

MISSING = type("Missing", (), {"__repr__": lambda self: "nothing"})()
RECORD = ("count", "learning_rate", "rate")  # the fields with which every state of `descent` begins
MOMENTS = "moments"  # a word for all of its other fields


class Part(NamedTuple):
    """A leaf of the new state, and what the old one has at its place."""

    field: str  # the place of the named field that it belongs to: "inner/mu"
    place: str  # its own place: "inner/mu/encoder/kernel"
    names: tuple[str, ...]  # of the fields that lead to it, "moments" among them
    begins: bool  # whether it belongs to a rate or to a new wrapper
    new: Any
    old: Any
    small: bool = False  # whether one of the two states may keep slots in another form

    @property
    def fits(self) -> bool:
        """Whether the old leaf can stand in the place of the new one."""
        if isinstance(self.old, (bool, int, float)):
            return np.shape(self.new) == () and jnp.result_type(self.old).kind == self.new.dtype.kind
        return (np.shape(self.old), getattr(self.old, "dtype", None)) == (self.new.shape, self.new.dtype)

    @property
    def may_begin(self) -> bool:
        """Whether there is nothing old, and a new beginning is what one expects."""
        return self.begins and self.old is MISSING


def children(node: Any) -> list[tuple[str, Any]] | None:
    """What a node of a tree holds, with names; None for a leaf."""
    flat, _ = jax.tree_util.tree_flatten_with_path(node, is_leaf=lambda inner: inner is not node)
    return None if any(not keys for keys, _ in flat) else [(_name(keys[0]), child) for keys, child in flat]


def parts(new: Any, old: Any) -> list[Part]:
    """The leaves of the new state in their order, each with the old one that has its names.

    The old state may be of dicts and lists in the place of named tuples, as files have them. Wrappers may have been put
    around the optimizer or taken off. What a new wrapper keeps begins anew, and so does the state of another rate.
    """
    return list(_walk(new, old, Part("", "", (), False, None, None)))


def _walk(new: Any, old: Any, at: Part) -> Iterator[Part]:
    old = _repacked(new, old)
    at = at._replace(small=at.small or keeps_small(new, old))
    old = reformed(new, old) if at.small else old
    held = children(new)
    if held is None:
        yield at._replace(new=new, old=_leaf(old))
        return
    inside = not set(at.names).isdisjoint((MOMENTS, *RECORD))
    old, goes_on = (old, None) if inside else _counterpart(new, old)
    there, fields = _by_name(new, old), getattr(type(new), "_fields", ())
    for name, child in held:
        place = f"{at.place}/{name}" if at.place else name
        below = at._replace(place=place)
        if name in fields:
            below = below._replace(field=place, names=(*at.names, name))
        given = there.get(name, MISSING)
        if _is_optimizers(new):
            own = name not in RECORD
            below = below._replace(names=(*below.names, *([MOMENTS] if own else [])), begins=name in RECORD[1:])
            given = given if name != "rate" or _of_one_rate(child, given) else MISSING
        if goes_on is not None:
            given, begins = (old, False) if name == goes_on else _piece(child, old)
            below = below._replace(begins=at.begins or begins)
        yield from _walk(child, given, below)


def _repacked(new: Any, old: Any) -> Any:
    """The old tree joined as the new one, or as a tree again: one of them may have its small arrays in vectors."""
    if hasattr(type(old), "apart") and getattr(new, "layout", None) != old.layout:
        old = old.apart()
    return new.taken(old) if hasattr(type(new), "taken") and type(old) is not type(new) else old


def _counterpart(new: Any, old: Any) -> tuple[Any, str | None]:
    """The part of the old state for a node of the new one; for a new wrapper, all, and the field where it goes on."""
    mine, theirs = _spine(new), _spine(old)
    if not mine:
        return old, None
    if not theirs and _is_optimizers(new):
        return _with_its_moments(new, old), None
    for node, _ in theirs:
        if _akin(new, node):
            return node, None
    return old, mine[0][1]


def _piece(new: Any, old: Any) -> tuple[Any, bool]:
    """The old state of a piece beside the optimizer, in a chain of another length; and whether the piece is new."""
    names = [name for name, _ in children(new) or ()]
    chains = [children(node) or () for node, _ in _spine(old) if not hasattr(type(node), "_fields")]
    found = [part for held in chains for _, part in held if names and _akin(new, part)]
    return (found[0], False) if len(found) == 1 else (MISSING, not found)


def _with_its_moments(new: Any, old: Any) -> Any:
    """The one part of Optax's state that has fields as the optimizer's own; all of it if that is not one."""
    wanted, found, left = set(type(new)._fields) - set(RECORD), [], [old]
    while left:
        held = children(left[-1]) or []
        found += [left[-1]] * any(name in wanted for name, _ in held)
        left[-1:] = [child for _, child in held if not found or found[-1] is not left[-1]]
    return found[0] if len(found) == 1 else old


def _spine(node: Any) -> list[tuple[Any, str | None]]:
    """The nodes from here to the optimizer's state, or to where several of them branch, each with the way on."""
    if node is MISSING or not _holds(node):
        return []
    on = [] if _is_optimizers(node) else [(name, child) for name, child in children(node) or () if _holds(child)]
    return [(node, on[0][0]), *_spine(on[0][1])] if len(on) == 1 else [(node, None)]


def _holds(node: Any) -> bool:
    """Whether an optimizer's state is here or below."""
    return _is_optimizers(node) or any(_holds(child) for _, child in children(node) or ())


def _is_optimizers(node: Any) -> bool:
    """Whether a node is the state of a `descent`, or was it before it went through a file."""
    if isinstance(node, Mapping):
        return set(RECORD[:2]) <= node.keys()  # files may leave out what is empty
    return getattr(type(node), "_fields", ())[:3] == RECORD


def _akin(new: Any, old: Any) -> bool:
    """Whether two nodes above optimizers stand for one another."""
    if _is_optimizers(new) or _is_optimizers(old):
        return _is_optimizers(new) and _is_optimizers(old)
    if hasattr(type(new), "_fields") and hasattr(type(old), "_fields"):
        return type(new).__name__ == type(old).__name__
    mine, theirs = ({name for name, _ in children(node) or ()} for node in (new, old))
    if hasattr(type(new), "_fields"):
        return isinstance(old, Mapping) and not mine.isdisjoint(theirs)
    return not hasattr(type(old), "_fields") and (mine == theirs or isinstance(new, Mapping))


def _of_one_rate(new: Any, old: Any) -> bool:
    """Whether two states are of one rate, if perhaps in two versions."""
    if old is MISSING:
        return False
    if hasattr(type(new), "_fields") and hasattr(type(old), "_fields"):
        return type(new).__name__ == type(old).__name__
    mine, theirs = (dict([("", node)] if children(node) is None else children(node) or ()) for node in (new, old))
    if isinstance(new, tuple) and not hasattr(type(new), "_fields"):
        mine, theirs = ({name: part for name, part in held.items() if jax.tree.leaves(part)} for held in (mine, theirs))
        return mine.keys() == theirs.keys() and all(_of_one_rate(mine[name], theirs[name]) for name in mine)
    older = {_renamed(new).get(name, name) for name in theirs}
    return bool(theirs) and (older <= mine.keys() or mine.keys() <= older)


def _by_name(new: Any, old: Any) -> dict[str, Any]:
    found = [] if old is MISSING else children(old) or []
    return {_renamed(new).get(name, name): child for name, child in found}


def _renamed(new: Any) -> dict[str, str]:
    """Names of fields in earlier versions, by which a state says what they are called now."""
    return getattr(type(new), "renamed", {}) if hasattr(type(new), "_fields") else {}


def _leaf(old: Any) -> Any:
    """A leaf of the old state. Flax NNX keeps each in an object of its own."""
    leaves = [] if old is MISSING else jax.tree.leaves(old)
    return leaves[0] if len(leaves) == 1 else MISSING


def _name(key: Any) -> str:
    return str(getattr(key, "name", getattr(key, "key", getattr(key, "idx", key))))
