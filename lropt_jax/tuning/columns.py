"""Values of arguments as columns of a table: numbers, or texts where one of them is no number."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lropt_jax._core.spelling import named, spell

Plain = int | float | str


def plain(item: Any) -> Plain:
    """A value as a table shows it: a number as it is, a function by its name, everything else as it is written."""
    if type(item) in (int, float):
        return item
    return named(item) if inspect.isroutine(item) else spell(item)


def columns(values: Sequence[Mapping[str, Any]]) -> dict[str, np.ndarray]:
    """A column for each argument, from the values of each lane."""
    names = dict.fromkeys(name for each in values for name in each)
    return {name: column([plain(each[name]) if name in each else None for each in values]) for name in names}


def column(items: Sequence[Plain | None]) -> np.ndarray:
    """One column. NaN, or no text, where a lane has no such argument."""
    if any(isinstance(item, str) for item in items):
        return np.array(["" if _missing(item) else str(item) for item in items])
    return np.array([np.nan if item is None else item for item in items])


def row(values: Mapping[str, np.ndarray], place: int) -> dict[str, Plain]:
    """The values of one lane, without those that it does not have."""
    held = {name: items[place].item() for name, items in values.items()}
    return {name: item for name, item in held.items() if not _missing(item)}


def joined(first: Mapping[str, np.ndarray], more: Mapping[str, np.ndarray], sizes: tuple[int, int]) -> dict[str, Any]:
    """The columns of two tables with so many rows, one below the other."""
    names = dict.fromkeys([*first, *more])
    return {name: column([*_listed(first, name, sizes[0]), *_listed(more, name, sizes[1])]) for name in names}


def _listed(values: Mapping[str, np.ndarray], name: str, size: int) -> list[Any]:
    return values[name].tolist() if name in values else [None] * size


def _missing(item: Any) -> bool:
    return item is None or item == "" or item != item
