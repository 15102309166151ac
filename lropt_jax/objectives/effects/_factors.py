"""Products of tables over named variables, and their sums: what is summed early stays small."""

import functools
import itertools
import math
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax.objectives.effects._recorded import Recorded

Array: TypeAlias = Any  # NumPy's, JAX's, or a `Recorded`: they have the same methods


class Factor(NamedTuple):
    """A table over variables, with an axis for each in alphabetical order."""

    names: tuple[str, ...]
    array: Array

    @classmethod
    def of(cls, array: Array, names: tuple[str, ...]) -> "Factor":
        """A table whose axes are in any order."""
        return cls(tuple(sorted(names)), array.transpose([names.index(name) for name in sorted(names)]))

    def summed(self, kept: Collection[str]) -> "Factor":
        """Without the variables that are not to be kept."""
        return _joined([self], kept)

    def aligned(self, names: tuple[str, ...]) -> Array:
        """The table with an axis for each of more names, in alphabetical order; axes of length 1 are new."""
        sizes = dict(zip(self.names, self.array.shape, strict=True))
        return self.array.reshape([sizes.get(name, 1) for name in names])


class Law:
    """A product of factors, whose marginals are found from the smallest one that is known already."""

    def __init__(self, factors: Iterable[Factor]):
        self.factors = [*factors]
        self.names = frozenset(name for factor in self.factors for name in factor.names)
        self._known = {frozenset(factor.names): factor for factor in self.factors if len(self.factors) == 1}

    def marginal(self, kept: Collection[str]) -> Factor:
        """The sum over all variables but those to keep."""
        kept = self.names & frozenset(kept)
        if kept not in self._known:
            wider = [self._known[names] for names in self._known if kept <= names]
            smallest = min(wider, key=lambda factor: factor.array.size, default=None)
            self._known[kept] = smallest.summed(kept) if smallest else _eliminated(self.factors, kept)
        return self._known[kept]

    def conditional(self, name: str, given: Collection[str]) -> Factor:
        """`P(name | given)`, and 0 under a condition of probability 0."""
        return divided(self.marginal({name, *given}), given)


def divided(part: Factor, given: Collection[str]) -> Factor:
    """A table over its marginal on the variables `given`; 0 / 0 is 0, with gradient 0."""
    runs = _runs([part], lambda name: name in given)
    merged = part.array.reshape([size for _, _, size in runs])
    others = tuple(axis for axis, (is_given, _, _) in enumerate(runs) if not is_given)
    whole = merged.sum(others).reshape([size if is_given else 1 for is_given, _, size in runs])
    if isinstance(merged, Recorded):
        ratio = merged.over(whole)
    else:
        xp = jnp if isinstance(merged, jax.Array) else np
        ratio = xp.where(whole > 0, merged / xp.where(whole > 0, whole, 1), 0)
    return Factor(part.names, ratio.reshape(part.array.shape))


def broadcast_to(array: Array, shape: Sequence[int]) -> Array:
    """The array in a shape that some of its axes of length 1 grow to."""
    if isinstance(array, Recorded):
        return array.broadcast_to(shape)
    return jnp.broadcast_to(array, shape) if isinstance(array, jax.Array) else np.broadcast_to(array, shape)


def _eliminated(factors: list[Factor], kept: frozenset[str]) -> Factor:
    """The product, summed variable by variable: first the one that joins the fewest cells."""
    while gone := {name for factor in factors for name in factor.names} - kept:
        buckets = {name: [factor for factor in factors if name in factor.names] for name in sorted(gone)}
        bucket = min(buckets.values(), key=_cells)
        factors = [factor for factor in factors if all(factor is not other for other in bucket)]
        needed = kept.union(*(factor.names for factor in factors))
        factors.append(_joined(bucket, needed))
    return _joined(factors, kept)


def _cells(factors: list[Factor]) -> int:
    return math.prod(_sizes(factors).values())


def _joined(factors: list[Factor], kept: Collection[str]) -> Factor:
    """The product of factors, without the variables that are not to be kept."""
    runs = _runs(factors, lambda name: (name in kept, *(name in factor.names for factor in factors)))
    merged = []
    for place, factor in enumerate(factors, 1):
        merged.append(factor.array.reshape([size if present[place] else 1 for present, _, size in runs]))
    gone = tuple(axis for axis, (present, _, _) in enumerate(runs) if not present[0])
    total = functools.reduce(lambda a, b: a * b, merged)
    total = total.sum(gone) if gone else total
    names = tuple(name for present, run, _ in runs if present[0] for name in run)
    sizes = _sizes(factors)
    return Factor(names, total.reshape([sizes[name] for name in names]))


def _runs(factors: list[Factor], alike: Callable[[str], Any]) -> list[tuple[Any, list[str], int]]:
    """Neighbours that are alike, as one axis: NumPy is much faster over few long axes than over many short ones."""
    sizes = _sizes(factors)
    runs = [(mark, [*run]) for mark, run in itertools.groupby(sorted(sizes), key=alike)]
    return [(mark, run, math.prod(sizes[name] for name in run)) for mark, run in runs]


def _sizes(factors: list[Factor]) -> dict[str, int]:
    return {name: size for factor in factors for name, size in zip(factor.names, factor.array.shape, strict=True)}
