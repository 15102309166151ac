"""Columns of data as whole numbers: which of its levels each cell has."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import Refused, WrongType

MOST_LEVELS = 100
_COUNTED = 1000  # a span of whole numbers
FEWEST_LEVELS = 10  # so many are allowed even if each occurs once


def columns_of(data: Any, wanted: Sequence[str]) -> dict[str, Any]:
    """The wanted columns of a mapping, of a DataFrame, or of rows that are mappings; others are ignored."""
    if hasattr(data, "collect") and not isinstance(data, Mapping):  # a LazyFrame of polars
        raise WrongType(f"columns must be in memory, got {shown(data)}; call collect() first.")
    rows = isinstance(data, (list, tuple)) and len(data) > 0 and all(isinstance(row, Mapping) for row in data)
    names: Any = data[0] if rows else data if isinstance(data, Mapping) else _header(data)
    known = {str(name): name for name in names}
    missing = [name for name in wanted if name not in known]
    if missing:
        raise Refused(f"columns must have {', '.join(missing)}, got {shown([*known])}.")
    return {name: [row.get(known[name]) for row in data] if rows else data[known[name]] for name in wanted}


def _header(data: Any) -> Any:
    names = getattr(data, "column_names", getattr(data, "columns", None))  # pyarrow has arrays in `columns`
    if names is None or not hasattr(data, "__getitem__"):
        raise WrongType(f"columns must be a dict from names to columns, or a DataFrame, got {shown(data)}.")
    return names


def cells_of(name: str, column: Any) -> np.ndarray:
    """A column as a one-dimensional array without missing cells."""
    if isinstance(column, (str, bytes, Mapping)) or not (hasattr(column, "__array__") or hasattr(column, "__len__")):
        raise WrongType(f"{_place(name)} must be a column, got {shown(column)}.")
    cells = _array(name, column)
    if cells.ndim != 1:
        raise Refused(f"{_place(name)} must have one dimension, got the shape {cells.shape}.")
    if cells.dtype.kind not in "biufUSOMm":
        raise WrongType(f"{_place(name)} must have numbers, bools or text, got {shown(cells[:3])}.")
    missing = np.ma.getmaskarray(cells) | _missing(cells)
    if np.any(missing):
        row, many = int(np.argmax(missing)), int(np.sum(missing))
        remedy = "drop those rows, or give them a level of their own"
        raise Refused(f"{_place(name)} must have no missing cell, got {many}, the first in row {row}; {remedy}.")
    if cells.dtype.kind == "f" and not np.all(np.isfinite(cells)):
        raise Refused(f"{_place(name)} must be finite, got {cells[~np.isfinite(cells)][0]}.")
    return np.asarray(cells)


def coded(name: str, cells: np.ndarray) -> tuple[tuple, np.ndarray]:
    """The levels of a column, sorted, in their own type, and the number of the level of each cell."""
    if cells.dtype.kind == "O":
        levels = _sorted(name, cells.tolist())
        places = {level: place for place, level in enumerate(levels)}
        codes = np.array([places[cell] for cell in cells.tolist()], np.intp)
    else:
        unique, codes = _unique(cells)
        levels = tuple(unique.tolist())
    most = min(MOST_LEVELS, max(FEWEST_LEVELS, len(cells) // 2))
    if len(levels) > most:
        remedy = "cut it, such as by numpy.digitize(column, numpy.quantile(column, [1/3, 2/3])), or merge levels"
        got = f"got {len(levels)} in {len(cells)} rows"
        raise Refused(f"{_place(name)} must have at most {most} levels, {got}; {remedy}.")
    return levels, codes.reshape(-1)


def _unique(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """NumPy's `unique` with its inverse; small whole numbers are counted, which is ten times as fast as sorting."""
    whole = cells.astype(np.uint8) if cells.dtype.kind == "b" else cells
    if whole.dtype.kind not in "iu" or int(whole.max()) - int(whole.min()) > _COUNTED:
        return np.unique(cells, return_inverse=True)
    places = (whole - whole.min()).astype(np.intp)
    seen = np.bincount(places) > 0
    return (np.flatnonzero(seen).astype(whole.dtype) + whole.min()).astype(cells.dtype), (np.cumsum(seen) - 1)[places]


def weights_of(name: str, column: Any) -> np.ndarray:
    """A column that says how often each row occurred."""
    cells = cells_of(name, column)
    numbers = cells.dtype.kind in "iuf" or (cells.dtype.kind == "O" and all(type(cell) is int for cell in cells))
    if not numbers or np.any(cells < 0) or np.any(cells != np.floor(cells.astype(float))):
        raise Refused(f"{_place(name)} must have whole numbers >= 0, got {shown(cells[:3].tolist())}.")
    return cells.astype(np.float64)


def _array(name: str, column: Any) -> np.ndarray:
    if hasattr(column, "__array__"):
        return column if isinstance(column, np.ma.MaskedArray) else np.asarray(column)
    kinds = {type(cell) for cell in column}
    if kinds <= {bool} or kinds <= {int} or kinds <= {int, float} or kinds <= {str}:  # NumPy makes text of [1, "a"]
        return np.array(column)
    if any(issubclass(kind, (list, tuple, np.ndarray)) for kind in kinds):
        raise Refused(f"{_place(name)} must have one dimension, got {shown(column)}.")
    cells = np.empty(len(column), object)
    cells[:] = [cell.item() if isinstance(cell, np.generic) else cell for cell in column]
    return cells


def _missing(cells: np.ndarray) -> np.ndarray:
    if cells.dtype.kind == "O":
        return np.array([_is_missing(cell) for cell in cells], bool)
    return cells != cells if cells.dtype.kind in "fMm" else np.zeros(len(cells), bool)


def _is_missing(cell: Any) -> bool:
    return cell is None or type(cell).__name__ == "NAType" or (isinstance(cell, (float, np.generic)) and cell != cell)


def _sorted(name: str, cells: list) -> tuple:
    kinds = {bool if isinstance(cell, np.bool_) else type(cell) for cell in cells}
    mixed = len(kinds) > 1 and not kinds <= {int, float}
    try:
        return _refuse(name, kinds) if mixed else tuple(sorted(set(cells)))
    except TypeError as error:
        if isinstance(error, Refused):
            raise
        raise WrongType(f"{_place(name)} must have numbers, bools or text, got {shown(cells[0])}.") from None


def _refuse(name: str, kinds: set[type]) -> tuple:
    found = " and ".join(sorted(kind.__name__ for kind in kinds))
    raise WrongType(f"{_place(name)} must have cells of one type, got {found}.")


def _place(name: str) -> str:
    return f"columns[{name!r}]"
