"""Counts and seeds as people write them: of Python or NumPy, never a float or a bool."""

import collections
from collections.abc import Iterable
from typing import Any

from lropt_jax._core import checks

_SEEDS = 2**32


def whole(owner: str, **named: Any) -> int:
    """A whole number >= 1 as Python's own."""
    checks.whole(owner, **named)
    (number,) = named.values()
    return int(number)


def seeds_of(owner: str, seeds: int | Iterable[int]) -> list[int]:
    """The seeds that are asked for: so many from 0 on, or these, each once."""
    several = isinstance(seeds, Iterable) and getattr(seeds, "ndim", 1) > 0
    given = list(seeds) if several else list(range(whole(owner, seeds=seeds)))  # type: ignore[arg-type]
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
