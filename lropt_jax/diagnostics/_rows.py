"""A record, checked and ready to be judged: its columns, the level of the loss and how noisy that is."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax.diagnostics.ring import NUMBERS, OF_GROUPS

LEAST = 8  # rows; fewer say nothing of a trend
_REMEDY = "take what `diagnostics.record` gives"
_BY_GROUP = (*OF_GROUPS, "group_rate")
_KNOWN = ("step", *NUMBERS, *_BY_GROUP)


@dataclass(frozen=True)
class Rows:
    """The rows of one run, oldest first. A column that is not in the record is NaN."""

    columns: Mapping[str, np.ndarray]
    groups: tuple[str, ...]

    @classmethod
    def of(cls, record: Any, least: int = LEAST) -> Self:
        """The rows of a record.

        Raises:
            TypeError: It is no dict.
            ValueError: It has no steps, its columns differ in length, it has too few rows or is out of order.
        """
        if isinstance(record, (list, tuple)) and record and isinstance(record[0], Mapping):
            raise WrongType(f"record must be of one run, got {len(record)}; give one of them.")
        if not isinstance(record, Mapping):
            raise WrongType(f"record must be a dict of arrays, got {shown(record)}; {_REMEDY}.")
        groups = tuple(map(str, record.get("groups", ())))
        columns = {name: _numbers(name, record[name]) for name in _KNOWN if name in record}
        if "step" not in columns or "rate" not in columns:
            raise Refused(f"record must have step and rate, got {', '.join(map(str, record)) or 'nothing'}; {_REMEDY}.")
        steps = columns["step"]
        for name, column in columns.items():
            if len(column) != len(steps) or (name in _BY_GROUP and column.shape[1:2] != (len(groups),)):
                rows = f"{len(steps)} rows" + (f" of {len(groups)} groups" if name in _BY_GROUP else "")
                raise Refused(f"record must have {rows} in {name}, got shape {column.shape}; {_REMEDY}.")
        if len(steps) < least:
            remedy = "watch more often, with a smaller `every`, or train longer"
            raise Refused(f"record must have at least {least} rows, got {len(steps)}; {remedy}.")
        if not np.all(np.diff(steps) > 0):
            raise Refused("record must have steps that rise, got some that do not; give the rows of one run alone.")
        return cls(columns, groups)

    def __len__(self) -> int:
        return len(self.step)

    def until(self, end: int) -> Self:
        """The first rows."""
        return type(self)({name: column[:end] for name, column in self.columns.items()}, self.groups)

    def known(self) -> Self:
        """The rows whose loss is known and finite."""
        some = np.isfinite(self.level)
        return type(self)({name: column[some] for name, column in self.columns.items()}, self.groups)

    def column(self, name: str) -> np.ndarray:
        """A column as float64, (rows,). NaN where it is unknown."""
        return self.columns.get(name, np.full(len(self), np.nan))

    def middle(self, name: str, place: int = 0) -> float:
        """The median of what is known of a column from a row on, or NaN."""
        known = self.column(name)[place:]
        known = known[np.isfinite(known)]
        return float(np.median(known)) if len(known) else float("nan")

    def by_group(self, name: str) -> np.ndarray:
        """A column of the groups, (rows, groups)."""
        return self.columns.get(name, np.full((len(self), len(self.groups)), np.nan))

    @property
    def step(self) -> np.ndarray:
        """The steps of the rows, (rows,)."""
        return self.columns["step"]

    @property
    def rate(self) -> np.ndarray:
        """The learning rates, (rows,)."""
        return self.columns["rate"]

    @cached_property
    def level(self) -> np.ndarray:
        """The loss, (rows,): its mean since the last row where that is known, else its value at the row."""
        value, mean = self.column("value"), self.column("value_mean")
        return np.where(np.isnan(mean) & np.isfinite(value), value, mean)

    def need_loss(self) -> Self:
        """Itself, if it knows the loss anywhere.

        Raises:
            ValueError: It has no loss.
        """
        if np.isnan(self.level).all() and not (self.column("nonfinite") > 0).any():
            raise Refused("record must hold the loss, got none; give it to each update: tx.update(..., value=loss).")
        return self

    @cached_property
    def start(self) -> float:
        """The loss before training: that of the first rows whose loss is finite, or NaN."""
        finite = self.level[np.isfinite(self.level)]
        first = self.column("value")[0]
        return float(first) if np.isfinite(first) else float(finite[0]) if len(finite) else float("nan")

    @cached_property
    def spread(self) -> float:
        """How far the level jumps from row to row by noise alone: a standard deviation.

        The median of second differences, which a trend does not change: of white noise each has a variance of 6.
        """
        second = np.diff(self.level[np.isfinite(self.level)], n=2)
        return 1.4826 * float(np.median(np.abs(second))) / np.sqrt(6) if len(second) else 0.0

    @cached_property
    def steepness(self) -> np.ndarray:
        """The curvature over what the optimizer bears, (rows,). Above 1 the steepest direction is not stable."""
        limit = self.column("limit")
        return np.divide(self.column("sharpness"), limit, out=np.full(len(self), np.nan), where=limit > 0)


def _numbers(name: str, column: Any) -> np.ndarray:
    try:
        numbers = np.asarray(column, np.float64)
    except (TypeError, ValueError) as error:
        raise WrongType(f"record[{name!r}] must be an array of numbers, got {shown(column)}; {_REMEDY}.") from error
    if numbers.ndim < 1:
        raise Refused(f"record[{name!r}] must have an entry for each row, got {shown(column)}; {_REMEDY}.")
    return numbers
