"""Batches of a stream, a piece at a time: of one shape, and read ahead by a thread."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import jax
import numpy as np

from lropt_jax._core.refusal import Refused
from lropt_jax._core.trees import Tree
from lropt_jax.tuning.programs import Held

_MOST = 32  # batches in a piece
_BYTES = 2**26  # of a piece, where that is fewer batches

Item = TypeVar("Item")


class Pieces:
    """The batches of so many steps, in pieces of one shape. Each batch is read once, the first piece at once."""

    def __init__(self, stream: Any, steps: int):
        self.steps, self._batches = steps, alike(stream.endless())
        first = next(self._batches)
        fit = _BYTES // max(1, sum(leaf.nbytes for leaf in jax.tree.leaves(first)))
        self.size = max(1, min(_MOST, steps, fit))
        self._waiting = [first, *itertools.islice(self._batches, min(self.size, steps) - 1)]
        self.first = self._piece(self._waiting)

    def __iter__(self) -> Iterator[Held]:
        return self.take(self.steps)

    def take(self, steps: int) -> Iterator[Held]:
        """The batches of the next so many steps."""
        yield from ahead(self._next(min(self.size, steps - done)) for done in range(0, steps, self.size))

    def _next(self, now: int) -> Held:
        batches, self._waiting = self._waiting[:now], self._waiting[now:]
        return self._piece([*batches, *itertools.islice(self._batches, now - len(batches))])

    def _piece(self, batches: list[Tree]) -> Held:
        now = len(batches)
        return Held(now, jax.tree.map(lambda *leaves: np.stack(leaves), *batches, *[batches[-1]] * (self.size - now)))


def alike(batches: Iterator[Tree]) -> Iterator[Tree]:
    """The batches as arrays of NumPy. One of another form than the first is refused."""
    first: Tree = None
    for place, batch in enumerate(batches):
        batch = jax.tree.map(np.asarray, batch)
        first = batch if place == 0 else first
        if _form(batch) != _form(first):
            got, then = _difference(first, batch)
            raise Refused(
                f"batches of data must have one shape and dtype, got {got} and then {then} in batch {place + 1}; "
                "leave out a last batch that is smaller."
            )
        yield batch


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The items, made by a thread that is one ahead. What goes wrong there is raised here."""
    with ThreadPoolExecutor(1, "lropt-read-ahead") as pool:
        coming = pool.submit(lambda: list(itertools.islice(items, 1)))
        while item := coming.result():
            coming = pool.submit(lambda: list(itertools.islice(items, 1)))
            yield item[0]


def _form(batch: Tree) -> tuple:
    leaves, tree = jax.tree.flatten(batch)
    return tree, [(leaf.shape, leaf.dtype) for leaf in leaves]


def _difference(first: Tree, other: Tree) -> tuple[Any, Any]:
    """The first things in which two batches differ."""
    (tree, leaves), (changed, others) = _form(first), _form(other)
    if tree != changed:
        return tree, changed
    (shape, dtype), (then, now) = next(pair for pair in zip(leaves, others, strict=True) if pair[0] != pair[1])
    return f"{dtype} {shape}", f"{now} {then}"
