"""The effect of an intervention, from a table of probabilities that is learned from what is observed."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.binding import bind
from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import Size
from lropt_jax._core.numbers import real
from lropt_jax._core.trees import ArrayLike
from lropt_jax.objectives import ContingencyTable, Estimand, MixedGraph, identify, interval
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.recipe import Recipe
from lropt_jax.problems.views import Grid

# P(x) P(m | x) P(y | x, m): smokers, tar in their lungs, cancer (Pearl, Glymour and Jewell 2016, table 3.1)
SMOKING = np.einsum(
    "x,xm,xmy->xmy", [0.5, 0.5], [[0.95, 0.05], [0.05, 0.95]], [[[0.1, 0.9], [0.05, 0.95]], [[0.9, 0.1], [0.85, 0.15]]]
)


@checked
def causal(
    *,
    graph: Any = "x -> m -> y, x <-> y",
    x: str | Sequence[str] = "x",
    y: str | Sequence[str] = "y",
    given: str | Sequence[str] | None = None,
    table: ArrayLike | ContingencyTable = SMOKING,
    batch_size: Size = 16,
) -> Problem:
    """Learn a table of probabilities, and with it `P(y | do(x), given)` where the graph determines it.

    The table is the mean of the observations, `P <- P - rate * (P - mean of one_hot(v))`, and the effect is a function
    of it, by `objectives.identify` (Shpitser and Pearl 2006). At the rate `1 / (t + 1)`, `inverse_time(1.0, 1)`, the
    table is the frequencies of all observations so far (Robbins and Monro 1951). Its effect is then the plug-in
    estimate, with an interval by `objectives.interval`. A constant rate forgets: the table is a mean over about
    `1 / rate` batches, and never settles. Rates above 1 leave the probabilities, so the domain is convex.

    The example is that of Pearl, Glymour and Jewell (2016, "Causal Inference in Statistics: A Primer", section 3.4).
    Of smokers 0.1475 have cancer, of others 0.9025, because smoking and cancer share a hidden cause. But smoking acts
    through tar alone, so the front door is open: `P(cancer | do(smoking))` is 0.5475, against 0.5025 without smoking.

    Args:
        graph: Chains of arrows, and of arcs for hidden common causes, or another form that `objectives.graph_of` reads.
        x: The variables to intervene on, a name or names.
        y: The variables to watch, a name or names.
        given: The variables to observe after the intervention, a name or names. None: nothing is observed.
        table: Your data as an `objectives.contingency_table`, whose axes are found by name. Or probabilities of sum 1,
            with an axis for each variable, in the order in which the graph first names them. Observations are drawn
            from it.
        batch_size: Observations a step, a whole number >= 1.

    Returns:
        A problem. Its state is the number of observations seen, () int32. Its value is half the squared distance of
        the table from the batch, and the field is the gradient of that. Its judge is the largest error of any
        number of the effect.

    Raises:
        Hedge: The graph does not determine the effect.
        ValueError: The graph, a name or the table is not valid, or `batch_size` is outside its range.

    Example:
        >>> import jax
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import solve
        >>> from lropt_jax.schedules import inverse_time
        >>> smoking = causal()
        >>> solution = solve(smoking, sgd(inverse_time(1.0, 1)), jax.random.key(0), steps=1000)
        >>> float(smoking.judge(solution.params, solution.state)) < 0.05
        True
    """
    effect = identify(graph, x=x, y=y, given=given)
    truth, (law, levels) = effect(table), _law(effect, table)
    return Problem(
        init=bind(_start, shape=law.shape),
        field=bind(_field, law, batch_size=batch_size),
        judge=bind(_judge, truth, effect=effect),
        view=bind(_seen, truth, effect=effect, levels=levels),
        name="causal",
        domain="convex",
        recipe=Recipe(2000, ("sgd",), "1e-1:1e0:12", "inverse_time(rate, 1)"),
    )


def _law(effect: Estimand, table: ArrayLike | ContingencyTable) -> tuple[jax.Array, tuple[tuple, ...] | None]:
    """Probabilities on the axes of the graph, and the levels of the effect's axes if the table knows any."""
    if not isinstance(table, ContingencyTable):
        return real(table), None
    return table.over(effect.variables).probabilities, tuple(map(table.levels_of, effect.axes))


def _start(key: jax.Array, *, shape: tuple[int, ...]) -> tuple[jax.Array, jax.Array]:
    return jnp.full(shape, 1 / math.prod(shape)), jnp.zeros((), jnp.int32)


def _field(law: jax.Array, params: jax.Array, seen: jax.Array, key: jax.Array, *, batch_size: int) -> tuple:
    cells = jax.random.choice(key, law.size, (batch_size,), p=law.ravel())
    frequencies = jnp.mean(jax.nn.one_hot(cells, law.size, dtype=params.dtype), 0)
    direction = params - frequencies.reshape(law.shape)
    return direction, seen + batch_size, jnp.sum(direction**2) / 2


def _judge(truth: jax.Array, params: jax.Array, seen: jax.Array, *, effect: Estimand) -> jax.Array:
    return jnp.max(jnp.abs(effect(params) - truth))


def _seen(
    truth: jax.Array, params: jax.Array, seen: jax.Array, *, effect: Estimand, levels: tuple[tuple, ...] | None
) -> Grid:
    conditions = (*effect.x, *effect.given)
    unconfounded = identify(_without_confounding(effect.variables, effect.axes), x=conditions, y=effect.y)
    low, high = interval(effect, params, seen)
    association = f"P({', '.join(effect.y)}{' | ' if conditions else ''}{', '.join(conditions)})"
    columns = {association: unconfounded(params), effect.query: effect(params), "from": low, "to": high}
    values = jnp.stack([column.ravel() for column in (*columns.values(), truth)], 1)
    cells = itertools.product(*(levels or map(range, truth.shape)))
    rows = [" ".join(f"{name}={level}" for name, level in zip(effect.axes, cell, strict=True)) for cell in cells]
    return Grid(values, rows, [*columns, "truth"])


def _without_confounding(variables: tuple[str, ...], names: tuple[str, ...]) -> MixedGraph:
    """A graph with the same axes in which only what is set comes before `y`: there the effect is `P(y | x, given)`."""
    return MixedGraph(variables, tuple(itertools.combinations(names, 2)))
