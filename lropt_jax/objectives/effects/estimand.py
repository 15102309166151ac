"""An effect as a function of a table, in small sums of small products."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from lropt_jax._core.checking import check
from lropt_jax._core.kinds import NonNegative
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused, WrongType, naming
from lropt_jax.objectives.effects._factors import Array, Factor, Law, broadcast_to, divided
from lropt_jax.objectives.effects._recorded import Recorded
from lropt_jax.objectives.effects.contingency_table import ContingencyTable, on_axes
from lropt_jax.objectives.effects.mixed_graph import MixedGraph

Route = tuple[tuple[frozenset[str], frozenset[str]], ...]  # (ancestral set, district in it), each within the one before


@dataclass(frozen=True)
class Estimand:
    """An effect as a function of the table of what is observed. `identify` makes it.

    It is compiled and differentiable. A concrete table is computed by NumPy in float64, and nothing is compiled.

    Attributes:
        graph: What causes what.
        routes: How each part of the effect is found from the table.
        fixed: `x`, and those of `given` that may as well be set.
        x: The variables to intervene on; `given`, those to observe; `y`, those to watch.
    """

    graph: MixedGraph
    routes: tuple[Route, ...]
    fixed: tuple[str, ...]
    x: tuple[str, ...]
    given: tuple[str, ...]
    y: tuple[str, ...]

    @property
    def variables(self) -> tuple[str, ...]:
        """The axes of the table."""
        return self.graph.variables

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes of the effect."""
        return (*self.x, *self.given, *self.y)

    @property
    def query(self) -> str:
        """The effect, as one writes it."""
        return query(self.x, self.given, self.y)

    def __call__(self, table: ArrayLike | ContingencyTable) -> jax.Array:
        """The effect, with the axes of `x`, of `given` and of `y`."""
        with naming("identify"):
            table = law_of(self, table)
            check_table(self.variables, table)
        if isinstance(table, jax.core.Tracer):
            return _compiled(self, real(table))
        return real(_effect(self, np.asarray(table, np.float64)))

    def deviation(self, frequencies: np.ndarray, contrasts: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The effect, and the standard deviation of its `influence`; in float64, nothing is compiled.

        With contrasts, weights of shape (..., *effect.shape): both for these sums of the effect's numbers, shape (...).
        """
        table = Recorded(np.asarray(frequencies, np.float64))
        effect = _effect(self, table)
        if contrasts is None:
            contrasts = np.eye(effect.size).reshape(effect.shape * 2)
        weights = contrasts.reshape(-1, *effect.shape)
        slopes = (effect.slope(table, weight) for weight in weights)
        variances = [np.sum(table.value * (slope - np.sum(table.value * slope)) ** 2) for slope in slopes]
        shape = contrasts.shape[: contrasts.ndim - len(effect.shape)]
        estimates = weights.reshape(len(weights), -1) @ effect.value.ravel()
        return estimates.reshape(shape), np.sqrt(variances).reshape(shape)

    def __repr__(self) -> str:
        return f"{self.query} as a function of a table of {', '.join(self.variables)}"


def law_of(functional: Any, table: ArrayLike | ContingencyTable) -> ArrayLike:
    """The frequencies of a table with names, on the axes that a functional asks for; any other table as it is."""
    if hasattr(table, "columns") or isinstance(table, Mapping):
        remedy = "count rows by contingency_table(graph, columns)"
        raise WrongType(f"table must be an array or a ContingencyTable, got a {type(table).__name__}; {remedy}.")
    if not isinstance(table, ContingencyTable):
        return table
    return on_axes(table, getattr(functional, "variables", table.names)).frequencies


def query(x: tuple[str, ...], given: tuple[str, ...], y: tuple[str, ...]) -> str:
    """An effect, as one writes it."""
    set_to = [f"do({', '.join(x)})"] if x else []
    condition = ", ".join([*set_to, *given])
    return f"P({', '.join(y)}{condition and ' | '}{condition})"


def check_table(variables: tuple[str, ...], table: ArrayLike) -> None:
    """Refuse what is no table of probabilities over the variables."""
    if np.ndim(table) != len(variables):
        axes = ", ".join(variables)
        raise Refused(f"table must have the axes {axes}, got the shape {np.shape(table)}.")
    check("table", NonNegative, real(table))
    if not isinstance(table, jax.core.Tracer):
        total = float(np.sum(np.asarray(table, np.float64)))
        if abs(total - 1) > float(jnp.finfo(real(table).dtype).eps) ** 0.5:
            remedy = "; divide counts by their sum" if total > 1 else ""
            raise Refused(f"table must sum to 1, got {total}{remedy}.")


def _effect(estimand: Estimand, table: Array) -> Array:
    """The sum over all but the axes to keep, in their order, of the product of kernels."""
    graph, axes = estimand.graph, estimand.axes
    sizes = dict(zip(graph.variables, table.shape, strict=True))
    kernel = _kernels(graph, Law([Factor.of(table, graph.variables)]))
    joint = Law(factor for route in estimand.routes for factor in kernel(route).factors).marginal(axes)
    if {*estimand.given} - {*estimand.fixed}:
        joint = divided(joint, {*estimand.fixed, *estimand.given})
    order = [sorted(axes).index(name) for name in axes]
    return broadcast_to(joint.aligned(tuple(sorted(axes))).transpose(order), [sizes[name] for name in axes])


_compiled = jax.jit(_effect, static_argnums=0)  # equal questions of equal graphs share it, whoever asked


def _kernels(graph: MixedGraph, observed: Law) -> Callable[[Route], Law]:
    """`Q` of the last district of a route; routes that begin alike share what they begin with."""

    @functools.cache
    def kernel(route: Route) -> Law:
        if not route:
            return observed
        before = kernel(route[:-1])
        scope = route[-2][1] if route[:-1] else frozenset(graph.variables)
        # Q[T] is a law of T given its other parents W. Times P(W) it is a law of both, and the rest are its marginals.
        outside = graph.parents(scope) - scope
        joint = Law([*before.factors, observed.marginal(outside)]) if outside else before
        ancestral, district = route[-1]
        pillows = {node: graph.pillow(node, ancestral) for node in district}
        largest_first = sorted(pillows, key=lambda node: (-len(pillows[node]), node))
        return Law([joint.conditional(node, pillows[node]) for node in largest_first])

    return kernel
