"""A record, put together again from plain rows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lropt_jax._core.checking import checked
from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import Refused
from lropt_jax.diagnostics.ring import NUMBERS, OF_GROUPS

_QUANTILES = ("min", "q25", "median", "q75", "max")
_REMEDY = "give the rows of `diagnostics.to_records`"


@checked
def from_records(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Put together a record from the rows that `to_records` made of it.

    Choose it to read a run back from a file, for `diagnose`, `events` or `report.plot_run`. Names that are no columns
    of a record, such as metrics of your own beside them, are left out.

    Args:
        rows: Dicts with a `step` and a `rate` each, and numbers by name. None counts as NaN.

    Returns:
        The record, as `diagnostics.record` gives it; float64, and NaN where rows say nothing.

    Raises:
        ValueError: There are no rows, or one has no step or no rate, or a number that is none.
        TypeError: A row is no dict from strings.

    Example:
        >>> from_records([{"step": 0, "rate": 0.5, "value": 2.0}, {"step": 100, "rate": 0.4, "value": 1.5}])["value"]
        array([2. , 1.5])
    """
    if not len(rows):
        raise Refused(f"rows must be at least one, got none; {_REMEDY}.")
    for place, row in enumerate(rows):
        _check(place, row)
    names = list(dict.fromkeys(name for row in rows for name in row))
    groups = list(dict.fromkeys(name.partition("/")[2] for name in names if name.partition("/")[0] in OF_GROUPS))
    record: dict[str, Any] = {"step": np.array([row["step"] for row in rows], np.int64)}
    record |= {name: _column(rows, name) for name in NUMBERS}
    shape = (len(rows), len(groups))
    for name in OF_GROUPS:
        record[name] = np.array([_column(rows, f"{name}/{group}") for group in groups]).T.reshape(shape)
    rates = [[_column(rows, f"group_rate_{each}/{group}") for each in _QUANTILES] for group in groups]
    record["group_rate"] = np.array(rates).transpose(2, 0, 1) if groups else np.zeros((*shape, len(_QUANTILES)))
    return record | {"groups": groups, "lost": 0}


def _check(place: int, row: Any) -> None:
    for name in ("step", "rate"):
        if name not in row:
            raise Refused(f"rows must have a {name} each, got {shown(list(row))} in row {place}; {_REMEDY}.")
    step = row["step"]
    if isinstance(step, bool) or not isinstance(step, (int, float, np.number)) or float(step) % 1 != 0:
        raise Refused(f"rows must have whole numbers as steps, got {shown(step)} in row {place}; {_REMEDY}.")


def _column(rows: Sequence[Mapping[str, Any]], name: str) -> np.ndarray:
    found = [row.get(name) for row in rows]
    try:
        return np.array([np.nan if item is None else item for item in found], np.float64).reshape(len(rows))
    except (TypeError, ValueError) as error:
        raise Refused(f"rows must have numbers in {name}, got {shown(found[0])}; {_REMEDY}.") from error
