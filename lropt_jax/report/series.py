"""The lines of a picture: an optimizer each, and a combination of the other values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lropt_jax._core.spelling import worded
from lropt_jax.report.style import looks
from lropt_jax.tuning import Choice, Sweep

_MOST = 10  # lines of one picture
RATE = "learning rate"


@dataclass(frozen=True)
class Series:
    """One line: settings that differ in what the axis shows."""

    optimizer: str
    values: Mapping[str, Any]
    across: str  # what the axis shows: the learning rate, or an argument
    label: str
    look: Mapping[str, str]

    def holds(self, choice: Choice) -> bool:
        """Whether a setting is on this line."""
        return choice.optimizer == self.optimizer and _without(choice, self.across) == self.values

    def choices(self, found: Sweep) -> list[Choice]:
        """The settings on this line, from left to right."""
        mine = [choice for choice in found.choices(self.optimizer) if self.holds(choice)]
        return sorted(mine, key=self.place)

    def best(self, found: Sweep) -> Choice:
        """The best of them; there must be one."""
        return min(self.choices(found), key=lambda choice: choice.validation)

    def place(self, choice: Choice) -> float:
        """Where a setting is on the axis."""
        return choice.rate if self.across == RATE else float(choice.values[self.across])

    def place_of(self, found: Sweep, lane: int) -> float:
        """Where a lane is on the axis."""
        return float((found.rate if self.across == RATE else found.values[self.across])[lane])


def series_of(coarse: Sweep, last: Sweep) -> tuple[str, list[Series], int]:
    """What the axis shows, the lines to draw, and how many there are in all. Of many the best are drawn."""
    across = _across(coarse)
    found: dict[tuple, float] = {}
    for name in coarse.optimizers:
        choices = [choice for sweep in (coarse, last) for choice in sweep.choices(name)]
        for choice in choices:
            key = (name, *_without(choice, across).items())
            found[key] = min(found.get(key, np.inf), choice.validation)
        if not choices:
            found[name,] = np.inf
    drawn = set(sorted(found, key=lambda key: found[key])[:_MOST])
    kept = [key for key in found if key in drawn]
    several = len(coarse.optimizers) > 1
    lines = [
        Series(name, dict(values), across, _label(name, dict(values), several), look)
        for (name, *values), look in zip(kept, looks(), strict=False)
    ]
    return across, lines, len(found)


def _across(found: Sweep) -> str:
    """The learning rate, or the first other number where only one rate was tried."""
    if len(np.unique(found.rate)) > 1:
        return RATE
    numbers = (
        name for name, column in found.values.items() if column.dtype.kind in "if" and not np.isnan(column).any()
    )
    return next(numbers, RATE)


def _without(choice: Choice, across: str) -> dict[str, Any]:
    return {name: item for name, item in choice.values.items() if name != across}


def _label(name: str, values: Mapping[str, Any], several: bool) -> str:
    words = ", ".join(worded(values))
    return f"{name}, {words}" if words and several else words or name
