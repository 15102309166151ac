"""From rows of data to an effect with its interval, level by level."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import ProperFraction
from lropt_jax._core.limits import shown
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused, naming
from lropt_jax.objectives.effects._printed import printed
from lropt_jax.objectives.effects.contingency_table import ContingencyTable, table_of
from lropt_jax.objectives.effects.estimand import Estimand
from lropt_jax.objectives.effects.graph_of import Graph, read_graph
from lropt_jax.objectives.effects.identify import identified
from lropt_jax.objectives.effects.influence import ends


@dataclass(frozen=True, eq=False, repr=False)
class Effect:
    """`P(y | do(x), given)` of some data, with a confidence interval for each number. `effect` makes it.

    Attributes:
        query: The effect, as one writes it.
        names: The variable of each axis: those of `x`, of `given`, of `y`.
        levels: The values of each axis.
        probability: The estimate, an axis for each name.
        low: The lower end of the interval.
        high: The upper end.
        level: The probability that an interval contains the truth.
        rows: The number of observations.
        support: The sum of the estimates over `y`, with the axes of `x` and `given`. It is below 1 where no row has
            that value of `x` together with some cause of `y`: there the data do not tell the whole effect.
        estimand: The formula, a function of the table.
        table: The rows, counted.
    """

    query: str
    names: tuple[str, ...]
    levels: tuple[tuple, ...]
    probability: jax.Array
    low: jax.Array
    high: jax.Array
    level: Any
    rows: int
    support: jax.Array
    estimand: Estimand
    table: ContingencyTable

    @naming("Effect")
    def at(self, **levels: Any) -> tuple[jax.Array, jax.Array, jax.Array]:
        """Estimate, lower and upper end at levels of some variables; the other variables keep their axes.

        Raises:
            ValueError: A variable or a level is unknown.

        Example:
            >>> effect("x -> y", {"x": [0, 0, 1, 1], "y": [0, 1, 1, 1]}, x="x", y="y").at(x=0, y=1)[0]
            Array(0.5, dtype=float32)
        """
        places = self._places(levels)
        return self.probability[places], self.low[places], self.high[places]

    @naming("Effect")
    def difference(self, **levels: Any) -> tuple[jax.Array, jax.Array, jax.Array]:
        """How much the effect grows from one level of a variable to another: estimate, lower and upper end.

        Give that variable two levels, first the one to start from, and others one level each; the variables that are
        not named keep their axes. The two estimates come from the same rows, so the interval is not that of two
        separate ones.

        Raises:
            ValueError: A variable or a level is unknown, or not exactly one variable has a pair of levels.

        Example:
            >>> found = effect("x -> y", {"x": [0, 0, 1, 1] * 25, "y": [0, 1, 1, 1] * 25}, x="x", y="y")
            >>> [round(float(number), 3) for number in found.difference(x=(0, 1), y=1)]
            [0.5, 0.361, 0.639]
        """
        pairs = [name for name, level in levels.items() if isinstance(level, (tuple, list))]
        if len(pairs) != 1 or len(levels[pairs[0]]) != 2:
            raise Refused(f"difference must have two levels of one variable, got {shown(levels)}.")
        size = self.probability.size
        start, end = (
            np.eye(size).reshape(*self.probability.shape, *self.probability.shape)[
                self._places(levels | {pairs[0]: at})
            ]
            for at in levels[pairs[0]]
        )
        estimate, deviation = self.estimand.deviation(self.table.frequencies, end - start)
        low, high = ends(estimate, deviation, self.rows, self.level)
        return real(estimate), real(low), real(high)

    def _places(self, levels: Mapping[str, Any]) -> tuple:
        unknown = [name for name in levels if name not in self.names]
        if unknown:
            raise Refused(f"levels must be of {', '.join(self.names)}, got {', '.join(unknown)}.")
        for name, known in zip(self.names, self.levels, strict=True):
            if name in levels and levels[name] not in known:
                raise Refused(f"{name} must be one of {', '.join(map(repr, known))}, got {levels[name]!r}.")
        pairs = zip(self.names, self.levels, strict=True)
        return tuple(known.index(levels[name]) if name in levels else slice(None) for name, known in pairs)

    def __repr__(self) -> str:
        numbers = zip(*(np.asarray(each).ravel() for each in (self.probability, self.low, self.high)), strict=True)
        cells = zip(itertools.product(*self.levels), numbers, strict=True)
        lines = ([*cell, *(f"{number:.3f}" for number in row)] for cell, row in cells)
        title = f"{self.query}, {self.rows} rows, {100 * float(self.level):g}% intervals"
        head = [*self.names, "probability", "low", "high"]
        return "\n".join([*printed(title, head, lines, self.probability.size), *self._lacks()])

    def _lacks(self) -> list[str]:
        """A line for each value of `x` of which the data do not tell the whole effect."""
        names = self.names[: self.support.ndim]
        found = zip(itertools.product(*self.levels[: self.support.ndim]), np.ravel(self.support), strict=True)
        return [
            f"{', '.join(f'{name}={level}' for name, level in zip(names, cell, strict=True))}: "
            f"sums to {share:.3f}, because no row has some combinations of levels that it needs"
            for cell, share in found
            if share < 0.9995
        ]


@checked
def effect(
    graph: Graph,
    data: Any,
    *,
    x: str | Sequence[str],
    y: str | Sequence[str],
    given: str | Sequence[str] | None = None,
    level: ProperFraction = 0.95,
) -> Effect:
    """Estimate `P(y | do(x), given)` from rows of data, with a confidence interval.

    The estimate is the formula of `identify` at the frequencies of the rows, the maximum of the likelihood; the
    intervals are those of `interval`. Only the ancestors of `x`, `given` and `y` matter, so only their columns are
    read.

    Args:
        graph: What causes what, in any form that `graph_of` reads.
        data: A dict from names to columns, a DataFrame, rows that are dicts, or a `ContingencyTable`. See
            `contingency_table`.
        x: The variables to intervene on, a name or names.
        y: The variables to watch, a name or names.
        given: The variables to observe after the intervention, a name or names. None: nothing is observed.
        level: The probability that an interval contains the truth, in (0, 1).

    Returns:
        The estimates and their intervals, with named axes and levels. Printed, it is a table. An end may lie outside
        [0, 1], and an estimate of 0 or 1 has no width: see `interval`.

    Memory: a few times the table, times the number of estimates.

    Raises:
        Hedge: The graph does not determine the effect.
        ValueError: The graph, a name, a column or `level` is not valid.

    Example:
        >>> rows = {"old": [0, 0, 0, 1, 1, 1] * 50, "drug": [0, 0, 1, 0, 1, 1] * 50, "cured": [1, 0, 1, 0, 0, 1] * 50}
        >>> effect("old -> drug -> cured, old -> cured", rows, x="drug", y="cured")
        P(cured | do(drug)), 300 rows, 95% intervals
        drug  cured  probability  low    high
        0     0      0.750        0.693  0.807
        0     1      0.250        0.193  0.307
        1     0      0.250        0.193  0.307
        1     1      0.750        0.693  0.807
    """
    mixed = read_graph(graph)
    asked = identified(mixed, x, y, given)
    part = mixed.within(mixed.ancestors(asked.axes, mixed.variables))
    table = table_of(part.variables, data)
    estimand = identified(part, asked.x, asked.y, asked.given)
    probability, deviation = estimand.deviation(table.frequencies)
    low, high = ends(probability, deviation, table.rows, level)
    watched = tuple(range(len(asked.x) + len(asked.given), len(asked.axes)))
    return Effect(
        query=asked.query,
        names=asked.axes,
        levels=tuple(map(table.levels_of, asked.axes)),
        probability=real(probability),
        low=real(low),
        high=real(high),
        level=level,
        rows=table.rows,
        support=real(probability.sum(watched)),
        estimand=estimand,
        table=table,
    )
