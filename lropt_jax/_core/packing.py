"""Small arrays of a tree joined to one vector for each dtype and place; the large ones stay as they are."""

import functools
import itertools
from collections.abc import Iterable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from lropt_jax._core.accumulators import dtype_of, wide
from lropt_jax._core.layout import axes_of
from lropt_jax._core.paths import by_path, is_masked

_TOGETHER = 40  # arrays of one size that are joined at a time: so many programs XLA compiles, and uses them again


class Layout(NamedTuple):
    """Where each leaf of a tree is: the name of its vector or its own, in the order of the leaves."""

    tree: Any
    shapes: tuple[tuple[int, ...], ...]
    names: tuple[str, ...]
    small: frozenset[str]

    def order(self) -> dict[str, list[int]]:
        """The leaves of each name, those of one size beside each other."""
        found: dict[str, list[int]] = {}
        for index, name in enumerate(self.names):
            found.setdefault(name, []).append(index)
        return {name: sorted(of, key=self._size) for name, of in found.items()}

    def pieces(self, leaves: list[int]) -> list[list[int]]:
        """Leaves of one vector, a few of one size at a time."""
        groups = (list(group) for _, group in itertools.groupby(leaves, self._size))
        return [group[at : at + _TOGETHER] for group in groups for at in range(0, len(group), _TOGETHER)]

    def size_of(self, leaves: Iterable[int]) -> int:
        """How many numbers there are in some leaves."""
        return sum(map(self._size, leaves))

    def _size(self, index: int) -> int:
        return functools.reduce(int.__mul__, self.shapes[index], 1)


_shared = functools.lru_cache(maxsize=256)(Layout)  # equal layouts are one object, which JAX compares at once


class Pack:
    """A tree whose small leaves are joined; a node of JAX's, of arrays by name."""

    def __init__(self, arrays: dict[str, Any], layout: Layout):
        self.arrays, self.layout = arrays, layout

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pack) and (self.layout, self.arrays) == (other.layout, other.arrays)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Pack({', '.join(f'{name}={array}' for name, array in self.arrays.items())})"

    def taken(self, old: Any) -> Any:
        """Another state's tree in the place of this one: joined, if its leaves are those of the layout."""
        leaves = jax.tree.leaves(old)
        fits = [jnp.shape(leaf) for leaf in leaves] == [*self.layout.shapes]
        return packed(jax.tree.unflatten(self.layout.tree, leaves), self.layout) if fits else old

    def apart(self) -> Any:
        """The tree that was joined."""
        return unpacked(self, jnp.array(True))

    def shapes(self) -> Any:
        """The shapes and dtypes of the tree that was joined."""
        layout = self.layout
        kinds = [dtype_of(self.arrays[name]) for name in layout.names]
        return jax.tree.unflatten(layout.tree, map(jax.ShapeDtypeStruct, layout.shapes, kinds))

    def each(self, tree: Any) -> "Pack":
        """A tree like the one that was joined, of which all leaves of one vector are the same: one for each vector."""
        return Pack(dict(zip(self.layout.names, jax.tree.leaves(tree), strict=True)), self.layout)


def layout_of(params: Any, below: int, *alike: Any) -> Layout:
    """How to pack parameters: leaves of fewer numbers than `below`, but those that a mesh cuts.

    Leaves of one vector agree in every tree of `alike`.
    """
    leaves, tree = jax.tree.flatten(params)
    paths = [path for path, leaf in by_path(params).items() if not is_masked(leaf)]
    paths = paths if len(paths) == len(leaves) else [str(index) for index in range(len(leaves))]
    places: dict[Any, dict[Any, int]] = {}
    names, small = [], set()
    for name, leaf, *kinds in zip(paths, leaves, *map(jax.tree.leaves, alike), strict=True):
        if jnp.size(leaf) < below and not _is_cut(leaf):
            known = places.setdefault(dtype_of(leaf), {})
            place = known.setdefault((_place(leaf), *kinds), len(known))
            name = f"small {dtype_of(leaf)}" + (f" {place}" if place else "")
            small.add(name)
        names.append(name)
    return _shared(tree, tuple(jnp.shape(leaf) for leaf in leaves), tuple(names), frozenset(small))


def packed(tree: Any, layout: Layout) -> Pack:
    """A tree like the layout's, joined."""
    leaves = jax.tree.leaves(tree)
    arrays = {}
    for name, indices in layout.order().items():
        if name in layout.small:
            parts = [_joined([leaves[index] for index in piece]) for piece in layout.pieces(indices)]
            arrays[name] = _joined(parts)
        else:
            (index,) = indices
            arrays[name] = leaves[index]
    return Pack(arrays, layout)


def unpacked(pack: Pack, known: jax.Array) -> Any:
    """The tree again. `known` is True, which XLA must not know: the pieces are then cut off by a few programs.

    Else each of thousands of leaves would be cut off the vector by a program of its own, for it lies elsewhere.
    """
    layout = pack.layout
    leaves: list[Any] = [None] * len(layout.names)
    for name, indices in layout.order().items():
        if name not in layout.small:
            leaves[indices[0]] = pack.arrays[name]
            continue
        pieces = layout.pieces(indices)
        parts = _cut(pack.arrays[name], tuple(map(layout.size_of, pieces)), known)
        for part, piece in zip(parts, pieces, strict=True):
            own = jax.lax.split(part, [layout.size_of([index]) for index in piece])
            for index, leaf in zip(piece, own, strict=True):
                leaves[index] = leaf.reshape(layout.shapes[index])
    return jax.tree.unflatten(layout.tree, leaves)


def _joined(leaves: list[Any]) -> jax.Array:
    if len({dtype_of(leaf) for leaf in leaves}) > 1:
        leaves = [wide(leaf) for leaf in leaves]
    return jnp.concatenate([jnp.ravel(leaf) for leaf in leaves])


def _cut(vector: jax.Array, sizes: tuple[int, ...], known: jax.Array) -> list[jax.Array]:
    if len(sizes) == 1:
        return [vector]
    return jax.lax.cond(known, functools.partial(_split, sizes), functools.partial(_none, sizes), vector)


def _split(sizes: tuple[int, ...], vector: jax.Array) -> list[jax.Array]:
    return list(jax.lax.split(vector, sizes))


def _none(sizes: tuple[int, ...], vector: jax.Array) -> list[jax.Array]:
    return [jnp.zeros_like(vector, shape=(size,)) for size in sizes]


def _is_cut(leaf: Any) -> bool:
    """Whether an array lies in pieces on several devices, as far as one can know."""
    if isinstance(leaf, jax.core.Tracer):
        return axes_of(leaf) is not None
    return not getattr(getattr(leaf, "sharding", None), "is_fully_replicated", True)


def _place(leaf: Any) -> Any:
    """The devices of an array that was put there."""
    known = isinstance(leaf, jax.Array) and not isinstance(leaf, jax.core.Tracer)
    return frozenset(leaf.sharding.device_set) if known and leaf.committed else None


def _flatten(pack: Pack) -> tuple[tuple, tuple]:
    return tuple(pack.arrays.values()), (tuple(pack.arrays), pack.layout)


def _flatten_with_keys(pack: Pack) -> tuple[tuple, tuple]:
    children, aux = _flatten(pack)
    return tuple((jax.tree_util.DictKey(name), child) for name, child in zip(aux[0], children, strict=True)), aux


def _unflatten(aux: tuple, children: Any) -> Pack:
    return Pack(dict(zip(aux[0], children, strict=True)), aux[1])


jax.tree_util.register_pytree_with_keys(Pack, _flatten_with_keys, _unflatten, _flatten)
jax.tree_util.register_pytree_node(Layout, lambda layout: ((), layout), lambda layout, _: layout)
