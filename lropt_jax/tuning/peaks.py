"""Optimizers at another learning rate: a number is replaced, a schedule keeps its shape and changes its peak."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from lropt_jax._core.edits import edited
from lropt_jax._core.numbers import is_number
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax._core.values import Optimizer, Schedule
from lropt_jax.rates import Rate
from lropt_jax.schedules import scale, stretch

_LOOKS = 50_001  # steps at which the peak of a schedule is looked for: the first ones, and as many over the whole
_LARGEST = 2**31 - 1
_ENDLESS = 1_000_000  # steps, of a schedule that has no end


@dataclass(frozen=True)
class Peaked:
    """Makes an optimizer at a rate: the largest of its learning rates becomes that, and others keep their share."""

    item: Optimizer
    peaks: tuple[float, ...]  # of its learning rates, in the order in which they are visited
    scheduled: bool  # whether it has a schedule of its own, which takes the place of the sweep's

    def __call__(self, rate: Any) -> Optimizer:
        """The optimizer at a number or, if it has no schedule of its own, at a schedule."""
        peaks, top = iter(self.peaks), max(self.peaks)

        def change(optimizer: Optimizer, name: str) -> Optimizer:
            peak = next(peaks)
            share = 1.0 if peak == top else peak / top
            mine = optimizer.arguments[name]
            return optimizer.replace(**{name: _peaked(mine, peak, rate, share) if callable(mine) else _of(rate, share)})

        return _changed(self.item, change)

    def constant(self, rate: float) -> Optimizer:
        """The optimizer at constant rates, without its schedules."""
        peaks, top = iter(self.peaks), max(self.peaks)
        return _changed(self.item, lambda optimizer, name: optimizer.replace(**{name: rate * next(peaks) / top}))

    def shortened(self, share: float) -> "Peaked":
        """The same for a run of another length: its own schedules are stretched."""

        def change(optimizer: Optimizer, name: str) -> Optimizer:
            rate = optimizer.arguments[name]
            return optimizer.replace(**{name: stretch(rate, share)}) if callable(rate) else optimizer

        return Peaked(_changed(self.item, change), self.peaks, True) if self.scheduled and share != 1 else self


def peaked(name: str, item: Optimizer) -> Peaked:
    """A maker from an optimizer, called `name` in errors."""
    rates: list[Any] = []

    def collect(optimizer: Optimizer, argument: str) -> Optimizer:
        rates.append(optimizer.arguments[argument])
        return optimizer

    try:
        _changed(item, collect)
    except WrongType:
        raise WrongType(
            f"optimizers[{name!r}] must have a learning_rate, or hold optimizers that do, got {item!r}; "
            "give a function of it."
        ) from None
    for rate in rates:
        if isinstance(rate, Rate):
            got = f"got {rate!r}, which sets itself; give a function of the rate"
            raise WrongType(f"optimizers[{name!r}] must have a number or a schedule as its learning_rate, {got}.")
    peaks = tuple(map(_peak, rates))
    scheduled = any(map(callable, rates))
    if not max(peaks) > 0 and (scheduled or len(rates) > 1):
        raise Refused(f"optimizers[{name!r}] must have a learning_rate that is > 0 at some step, got {item!r}.")
    return Peaked(item, peaks, scheduled)


def _changed(item: Optimizer, change: Callable[[Optimizer, str], Optimizer]) -> Optimizer:
    return change(item, "learning_rate") if "learning_rate" in item.arguments else edited(item, change)


def _peak(rate: Any) -> float:
    """The largest rate from the first step to the last of a schedule."""
    if not callable(rate):
        return 1.0 if rate is None else float(np.max(rate))
    end = getattr(rate, "end", None)
    last = min(_LARGEST, _ENDLESS if end is None else float(end))
    steps = np.union1d(np.arange(min(last + 1, _LOOKS)), np.linspace(0, last, _LOOKS).round()).astype(np.int32)
    look = rate if isinstance(rate, Schedule) else jax.vmap(rate)
    largest, said = float(np.max(look(steps))), _said(rate)
    return float(said) if said is not None and np.isclose(said, largest, rtol=1e-5) else largest


def _said(schedule: Any) -> Any:
    """The number that a schedule has as its argument `peak`. None: it has no such."""
    peak = schedule.arguments.get("peak") if isinstance(schedule, Schedule) else None
    return peak if is_number(peak) else None


def _peaked(schedule: Any, peak: float, rate: Any, share: float) -> Any:
    """A schedule with another peak: its argument `peak` changed where the whole shape hangs on that, else scaled."""
    if _said(schedule) == peak and not np.any(schedule.arguments.get("floor", 0.0)):
        return schedule.replace(peak=_of(rate, share))
    return scale(schedule, rate * share / peak)


def _of(rate: Any, share: float) -> Any:
    if share == 1:
        return rate
    return scale(rate, share) if callable(rate) else rate * share
