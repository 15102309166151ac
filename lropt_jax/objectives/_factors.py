"""Products of tables over named variables, and their sums: what is summed early stays small."""

import functools
import itertools
import math
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax.objectives._recorded import Recorded

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
        runs = [(keeps, [*run]) for keeps, run in itertools.groupby(self.names, key=lambda name: name in kept)]
        sizes = dict(zip(self.names, self.array.shape, strict=True))
        merged = self.array.reshape([math.prod(map(sizes.__getitem__, run)) for _, run in runs])
        total = merged.sum(tuple(axis for axis, (keeps, _) in enumerate(runs) if not keeps))
        names = tuple(name for keeps, run in runs if keeps for name in run)
        return Factor(names, total.reshape([sizes[name] for name in names]))

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
    whole = part.summed(given).aligned(part.names)
    if isinstance(part.array, Recorded):
        return Factor(part.names, part.array.over(whole))
    xp = jnp if isinstance(part.array, jax.Array) else np
    return Factor(part.names, xp.where(whole > 0, part.array / xp.where(whole > 0, whole, 1), 0))


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
        factors.append(_product(bucket).summed(needed))
    return _product(factors)


def _cells(factors: list[Factor]) -> int:
    sizes = {name: size for factor in factors for name, size in zip(factor.names, factor.array.shape, strict=True)}
    return math.prod(sizes.values())


def _product(factors: list[Factor]) -> Factor:
    names = tuple(sorted({name for factor in factors for name in factor.names}))
    return Factor(names, functools.reduce(lambda a, b: a * b, [factor.aligned(names) for factor in factors]))
