"""Rows counted into a table whose axes have names and whose levels are known."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from lropt_jax._core.checking import checked
from lropt_jax._core.limits import shown
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused, WrongType, naming
from lropt_jax.objectives.effects._columns import cells_of, coded, columns_of, weights_of
from lropt_jax.objectives.effects._printed import printed
from lropt_jax.objectives.effects.graph_of import Graph, read_graph

_MOST_CELLS = 2**25


@dataclass(frozen=True, eq=False, repr=False)
class ContingencyTable:
    """How often each combination of levels occurred; its axes are known by name.

    `identify`, `interval` and `problems.causal` look for an axis by its name, so their order does not matter, and they
    sum out variables that they do not ask for.

    Attributes:
        counts: Whole numbers >= 0, with an axis for each name.
        names: The variable of each axis.
        levels: The values of each axis, a tuple a variable. None: 0, 1, 2, ...

    Raises:
        ValueError: The counts are no whole numbers >= 0, all of them are 0, or names or levels do not fit their axes.

    Example:
        >>> table = ContingencyTable([[10, 5], [3, 2]], ("drug", "cured"), (("no", "yes"), (False, True)))
        >>> table.rows, table.over(["cured"]).counts.tolist()
        (20, [13, 7])
    """

    counts: np.ndarray
    names: tuple[str, ...]
    levels: tuple[tuple, ...] | None = None

    @naming("ContingencyTable")
    def __post_init__(self) -> None:
        counts, names = _counts(self.counts), self.names
        if not isinstance(names, (tuple, list)) or not all(isinstance(name, str) for name in names):
            raise WrongType(f"names must be a sequence of names, got {shown(names)}.")
        if len({*names}) < len(names) or len(names) != counts.ndim:
            raise Refused(f"names must be {counts.ndim} different ones, one an axis, got {shown(names)}.")
        levels = [range(size) for size in counts.shape] if self.levels is None else self.levels
        many = isinstance(levels, (tuple, list)) and all(isinstance(each, (Sequence, np.ndarray)) for each in levels)
        if not many or tuple(len({*each}) for each in levels) != counts.shape:
            raise Refused(f"levels must be {counts.shape} different values an axis, got {shown(self.levels)}.")
        object.__setattr__(self, "counts", counts.astype(np.int64))
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "levels", tuple(map(tuple, levels)))

    @property
    def rows(self) -> int:
        """The number of observations."""
        return int(np.sum(self.counts))

    @property
    def frequencies(self) -> np.ndarray:
        """The share of each cell among the observations, in NumPy's float64."""
        return self.counts / self.rows

    @property
    def probabilities(self) -> jax.Array:
        """The share of each cell among the observations, on the device."""
        return real(self.frequencies)

    @naming("ContingencyTable")
    def over(self, names: str | Sequence[str]) -> "ContingencyTable":
        """The table of some variables, with its axes in the order of the names; the others are summed out."""
        return on_axes(self, (names,) if isinstance(names, str) else names)

    @naming("ContingencyTable")
    def levels_of(self, name: str) -> tuple:
        """The values of a variable, in the order of its axis."""
        if name not in self.names:
            raise Refused(f"name must be one of {', '.join(self.names)}, got {shown(name)}.")
        return self.levels[self.names.index(name)]  # type: ignore[index]

    def __repr__(self) -> str:
        cells = zip(itertools.product(*self.levels or ()), self.counts.ravel().tolist(), strict=True)
        lines = ((*cell, count) for cell, count in cells)
        return "\n".join(printed(f"{self.rows} rows", [*self.names, "count"], lines, self.counts.size))


def on_axes(table: ContingencyTable, names: Sequence[str]) -> ContingencyTable:
    """The table of some variables, for whoever refuses under a name of their own."""
    if len({*names}) < len(names):
        raise Refused(f"names must be different, got {', '.join(names)}.")
    if not {*names} <= {*table.names}:
        raise Refused(f"table must have the axes {', '.join(names)}, got {', '.join(table.names)}.")
    gone = tuple(axis for axis, name in enumerate(table.names) if name not in names)
    left = [name for name in table.names if name in names]
    counts = table.counts.sum(gone).transpose([left.index(name) for name in names])
    return ContingencyTable(counts, tuple(names), tuple(map(table.levels_of, names)))


def _counts(given: Any) -> np.ndarray:
    try:
        counts = np.asarray(given)
    except ValueError:  # lists of several lengths
        counts = np.array(None)
    if counts.dtype.kind not in "iuf" or not np.all((counts >= 0) & (counts == np.floor(counts))):
        raise Refused(f"counts must be whole numbers >= 0, got {shown(given)}.")
    if not np.sum(counts) > 0:
        raise Refused("counts must hold an observation, got zeros alone.")
    return counts


@checked
def contingency_table(graph: Graph, columns: Any, *, counts: str | None = None) -> ContingencyTable:
    """Count rows of data into a table with an axis for each variable of a graph.

    Args:
        graph: The graph, in any form that `graph_of` reads. Its variables are the axes, in their order.
        columns: A dict from names to columns (lists, NumPy arrays, Series), a DataFrame of pandas or polars, or a list
            of dicts, one a row. Cells are text, bools or numbers; a level is a value that occurs. Columns that are not
            in the graph are ignored.
        counts: The name of a column that says how often a row occurred, for data that are counted already. None: each
            row occurred once.

    Returns:
        The table. Levels are sorted, in their own type. Memory: 8 bytes a cell; as many cells as there are joint
        values.

    Raises:
        ValueError: A column is missing, has another length than the others, has missing cells (None, NaN) or so many
            levels that it must be continuous; or the table would have more than 2^25 cells.
        TypeError: The columns are no columns, or a column has cells of several types.

    Example:
        >>> contingency_table("drug -> cured", {"drug": ["yes", "no", "yes"], "cured": [True, False, True]})
        3 rows
        drug  cured  count
        no    False  1
        no    True   0
        yes   False  0
        yes   True   2
    """
    return table_of(read_graph(graph).variables, columns, counts)


def table_of(names: Sequence[str], columns: Any, counts: str | None = None) -> ContingencyTable:
    """The table of columns, or of a table that is one already, on the axes of the names."""
    if isinstance(columns, ContingencyTable):
        return on_axes(columns, names)
    found = columns_of(columns, [*names] if counts is None else [*names, counts])
    weights = None if counts is None else weights_of(counts, found[counts])
    cells = {name: cells_of(name, found[name]) for name in names}
    lengths = {name: len(column) for name, column in cells.items()}
    lengths |= {} if weights is None else {str(counts): len(weights)}
    if len({*lengths.values()}) != 1 or 0 in lengths.values():
        raise Refused(f"columns must have the same length >= 1, got {shown(lengths)}.")
    levels, codes = zip(*(coded(name, column) for name, column in cells.items()), strict=True)
    shape = tuple(map(len, levels))
    if math.prod(shape) > _MOST_CELLS:
        remedy = "merge levels, or leave variables out of the graph"
        raise Refused(f"columns must make at most 2^25 cells, got {math.prod(shape)}; {remedy}.")
    flat = np.ravel_multi_index(codes, shape)
    return ContingencyTable(np.bincount(flat, weights, math.prod(shape)).reshape(shape), tuple(names), levels)
