"""Counts and seeds as people write them: of Python, NumPy or JAX, never a float or a bool."""

import collections
from collections.abc import Iterable
from typing import Any

from lropt_jax._core import checks

_SEEDS = 2**32


def count(owner: str, **named: Any) -> int:
    """A whole number >= 1 as Python's own."""
    checks.whole(owner, **named)
    (number,) = named.values()
    return int(number)


def seeds_of(owner: str, seeds: int | Iterable[int]) -> list[int]:
    """The seeds that are asked for: so many from 0 on, or these, each once."""
    given = list(seeds) if isinstance(seeds, Iterable) else list(range(count(owner, seeds=seeds)))
    if not given:
        raise ValueError(f"{owner}: seeds must be at least one, got none.")
    for seed in given:
        checks.whole(owner, 0, _SEEDS - 1, seeds=seed)
    return different(owner, seeds=[int(seed) for seed in given])


def different(owner: str, **named: list) -> list:
    """Refuse a list with an entry that is there twice: its runs would count twice."""
    ((name, entries),) = named.items()
    for entry, times in collections.Counter(entries).items():
        if times > 1:
            raise ValueError(f"{owner}: {name} must be different, got {entry} twice.")
    return entries
