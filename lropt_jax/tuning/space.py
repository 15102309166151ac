"""The values that are tried: learning rates, and any other arguments of optimizers."""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from lropt_jax._core.checking import check
from lropt_jax._core.limits import shown
from lropt_jax._core.numbers import is_number
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax._core.values import Value
from lropt_jax.tuning.arguments import Rates, different, rates_of
from lropt_jax.tuning.columns import plain

_RATE, PEAK = "learning_rate", "learning_rate.peak"
_ELSEWHERE = {"seeds": "seeds", "seed": "seeds", "schedule": "schedule"}  # arguments of `sweep` itself


class Point(NamedTuple):
    """What one run is made with: a learning rate, and values of other arguments by path."""

    rate: float
    values: Mapping[str, Any]
    at_peak: bool = False  # whether the rate is the peak of the optimizer's own schedule, and all else of it stays


@dataclass(frozen=True)
class Grid:
    """Every combination of the values to try with one optimizer."""

    rates: tuple[float, ...]
    others: Mapping[str, tuple] = field(default_factory=dict)
    at_peak: bool = False

    def points(self) -> list[Point]:
        """All of them: the learning rate changes first."""
        mixed = [dict(zip(self.others, mix, strict=True)) for mix in itertools.product(*self.others.values())]
        return [Point(rate, values, self.at_peak) for values in mixed for rate in self.rates]

    def at(self, rate: float, values: Mapping[str, Any]) -> Point:
        """The point at a rate and at values as a sweep shows them."""
        chosen = {
            name: next(item for item in items if values[name] in (plain(item), str(plain(item))))
            for name, items in self.others.items()
        }
        return Point(rate, chosen, self.at_peak)


def grids_of(space: Any, rates: Any, optimizers: Iterable[str]) -> dict[str, Grid]:
    """The grid of each optimizer. `rates` is short for a space of learning rates alone."""
    optimizers, rates = list(optimizers), _listed(rates)
    if space is None:
        return {name: Grid(tuple(own)) for name, own in rates_of(rates, optimizers).items()}
    if not isinstance(space, Mapping) or not space or not all(isinstance(name, str) for name in space):
        raise WrongType(f"space must be a dict from arguments to values, got {shown(space)}.")
    space = {name: _listed(items) for name, items in space.items()}
    if any(isinstance(items, Mapping) for items in space.values()):
        strange = [name for name in space if name not in optimizers or not isinstance(space[name], Mapping)]
        missing = [name for name in optimizers if name not in space]
        if strange or missing:
            fault = f"got {strange[0]!r} among them" if strange else f"got none for {missing[0]}"
            raise Refused(f"space must be a dict of values, or one such for every optimizer, {fault}.")
        return {name: _grid(f"space[{name!r}]", space[name], rates, name) for name in optimizers}
    return {name: _grid("space", space, rates, name) for name in optimizers}


def _grid(called: str, space: Mapping[str, Any], rates: Any, optimizer: str) -> Grid:
    for name in space.keys() & _ELSEWHERE.keys():
        raise Refused(f"{called} must hold arguments of optimizers, got {name!r}; give {_ELSEWHERE[name]}=...")
    axes = {name: _values(f"{called}[{name!r}]", _listed(items)) for name, items in space.items()}
    given = [name for name in (_RATE, PEAK) if name in axes]
    if len(given) > 1:
        raise Refused(f"{called} must have {_RATE} or {PEAK}, got both.")
    if given and rates is not None:
        raise Refused(f"rates must be left out where {called} has {given[0]}, got both.")
    for name in given:
        check(f"{called}[{name!r}]", Rates, axes[name])
    own = axes.pop(given[0]) if given else rates_of(rates, [optimizer])[optimizer]
    for name, items in axes.items():
        if len(items) < 2:
            got = shown(items[0]) if items else "none"
            raise Refused(f"{called}[{name!r}] must be at least two values, got {got}; give one to the optimizer.")
    if len(own) < 2 and not axes:
        raise Refused(f"{called} must be at least two values, got {own[0] if own else 'none'}.")
    return Grid(tuple(map(float, own)), axes, given == [PEAK])


def _values(called: str, items: Any) -> tuple:
    """Values of one argument: all whole, all floats, or whatever they are. So they share a program as far as can be."""
    if not isinstance(items, (list, tuple)) or isinstance(items, Value):
        raise WrongType(f"{called} must be a sequence of values, got {shown(items)}.")
    held: list[Any] = [item.item() if is_number(item) and np.ndim(item) == 0 and hasattr(item, "item") else item
                       for item in items]  # fmt: skip
    numbers = all(type(item) in (int, float) for item in held)
    if numbers and not np.all(np.isfinite(np.array(held, float))):
        raise Refused(f"{called} must be finite, got {shown(held)}.")
    if numbers and any(type(item) is float for item in held):
        held = [float(item) for item in held]
    shown_as = [plain(item) for item in held]
    same = {text for text in shown_as if isinstance(text, str) and text.startswith("<") and shown_as.count(text) > 1}
    if same:
        raise Refused(f"{called} must be functions with names, got {same.pop()} twice; use def.")
    different(called, shown_as)
    return tuple(held)


def _listed(items: Any) -> Any:
    """What can be read but once, or is an array, as a list. Everything else as it is."""
    kept = isinstance(items, (Mapping, str, Value)) or not isinstance(items, Iterable) or getattr(items, "ndim", 1) == 0
    return items if kept else list(items)
