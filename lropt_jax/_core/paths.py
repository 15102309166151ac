"""Parameters by where they stand in their tree, and patterns for such places.

A path is "encoder/layers/0/kernel": keys of dicts, names of attributes and indices, joined by "/". The path of a tree
that is one array is "". An attribute `value` at the end is left out: Flax NNX has one around every array at `init` and
none at `update`. A pattern must match the whole path, and capitals count. `*` stands for any characters, "/" too, or
for none; `?` for one character; `[ab]` for a or b; `[!ab]` for any other character. Nothing else has a meaning.
"""

import difflib
import fnmatch
import functools
import re
from collections.abc import Callable, Iterable
from typing import Any

import jax
import optax

from lropt_jax._core.refusal import Refused

REST = "*"  # the pattern of all parameters that match no other one


def by_path(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> dict[str, Any]:
    """A tree's leaves by their paths, in their order. What `optax.masked` has masked out counts as a leaf."""
    flat, _ = jax.tree_util.tree_flatten_with_path(tree, is_leaf=lambda n: is_masked(n) or bool(is_leaf and is_leaf(n)))
    return {_path(keys): leaf for keys, leaf in flat}


def is_masked(node: Any) -> bool:
    """Whether a node stands for a parameter that `optax.masked` has masked out."""
    return isinstance(node, optax.MaskedNode)


def labelled(tree: Any, patterns: Iterable[str], *, rest: bool) -> Any:
    """A tree like another, of the pattern that each leaf's path matches.

    A path may match only one pattern besides "*", which takes the paths that no other pattern takes. Without a "*" such
    paths are refused; with `rest` they get "*". Every other pattern must match a path. The path of a leaf that is
    masked out counts too. A tree without leaves fulfils everything.
    """
    labels = _chosen(tuple(by_path(tree)), tuple(patterns), rest)
    return jax.tree_util.tree_map_with_path(
        lambda keys, leaf: leaf if is_masked(leaf) else labels[_path(keys)], tree, is_leaf=is_masked
    )


def matching(tree: Any, patterns: Iterable[str]) -> Any:
    """A tree like another, of bools: whether the path of each leaf matches at least one pattern.

    Every pattern must match a path. The path of a leaf that is masked out counts too. A tree without leaves fulfils
    everything.
    """
    patterns = tuple(patterns)
    matches, places = [_match(pattern) for pattern in patterns], tuple(by_path(tree))
    for pattern, match in zip(patterns, matches, strict=True):
        if places and not any(map(match, places)):
            raise _unused(pattern, places)
    return jax.tree_util.tree_map_with_path(
        lambda keys, leaf: leaf if is_masked(leaf) else any(bool(match(_path(keys))) for match in matches),
        tree,
        is_leaf=is_masked,
    )


def selected(params: optax.Params, mask: Any) -> Any:
    """What a mask selects, a tree of bools: the mask, or what it makes of the parameters if it is a function.

    A pattern, or a list of patterns, selects by path.
    """
    if callable(mask):
        mask = mask(params)
    if isinstance(mask, str):
        return matching(params, [mask])
    if isinstance(mask, (list, tuple)) and mask and all(isinstance(item, str) for item in mask):
        return matching(params, mask)
    return mask


def alike(tree: Any, **argument: dict[str, Any]) -> Any:
    """A tree like another, of its own paths. The argument, a dict from paths, must have these paths and no others.

    Paths of leaves that are masked out may be missing. A tree without leaves fulfils everything.
    """
    places = by_path(tree)
    for name, given in argument.items():
        missing = [place for place, leaf in places.items() if not is_masked(leaf) and place not in given]
        strange = [place for place in given if places and place not in places]
        if missing or strange:
            what = f"none for {_listed(missing)}" if missing else f"one for {_listed(strange)}"
            raise Refused(f"{name} must be like the parameters or a dict from patterns, got {what}.")
    return jax.tree_util.tree_map_with_path(
        lambda keys, leaf: leaf if is_masked(leaf) else _path(keys), tree, is_leaf=is_masked
    )


@functools.lru_cache(maxsize=128)  # trees are labelled anew at every update
def _chosen(places: tuple[str, ...], patterns: tuple[str, ...], rest: bool) -> dict[str, str]:
    matches = {pattern: _match(pattern) for pattern in patterns if pattern != REST}
    found = {place: [pattern for pattern, match in matches.items() if match(place)] for place in places}
    for place, several in found.items():
        if len(several) > 1:
            raise Refused(
                f"parameter {place!r} must match one pattern, got {_listed(several)}; make them narrower. "
                f"Only {REST!r} may overlap: it takes what no other pattern does."
            )
    used = {pattern for several in found.values() for pattern in several}
    for pattern in matches:
        if places and pattern not in used:
            raise _unused(pattern, places)
    left = [place for place, several in found.items() if not several]
    if left and not rest and REST not in patterns:
        raise Refused(
            f"every parameter must match a pattern, got none for {_listed(left)}; "
            f"add a pattern, or {REST!r}, which takes what no other pattern does."
        )
    return {place: several[0] if several else REST for place, several in found.items()}


@functools.lru_cache(maxsize=128)
def _match(pattern: str) -> Callable[[str], Any]:
    return re.compile(fnmatch.translate(pattern)).match


def _unused(pattern: str, places: tuple[str, ...]) -> Refused:
    near = difflib.get_close_matches(pattern, places, n=3, cutoff=0)
    return Refused(f"pattern {pattern!r} must match a parameter, got none; near are {_listed(near)}.")


def _path(keys: tuple) -> str:
    keys = keys[:-1] if keys and keys[-1] == jax.tree_util.GetAttrKey("value") else keys
    return jax.tree_util.keystr(keys, simple=True, separator="/")


def _listed(names: list[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(repr, names[:most])) + more
