"""The effect of an intervention, from observations: the ID algorithm on a table of probabilities."""

import functools
from collections.abc import Callable, Collection, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from lropt_jax._core.checking import check, checked
from lropt_jax._core.kinds import NonNegative
from lropt_jax._core.limits import shown
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused, WrongType, naming
from lropt_jax.objectives.mixed_graph import MixedGraph, graph_of

Route = list[tuple[frozenset[str], frozenset[str]]]  # (ancestral set, district in it), each within the one before


class Hedge(Refused):  # the field's own name for it
    """The graph does not determine an effect: two of its models have one table and two effects.

    In each such case there is a hedge (Shpitser and Pearl 2006; Shpitser 2023, arXiv:2307.03750, corrects the converse
    there). Another observed variable may break it: a common cause, or all variables between `x` and `y`.

    Attributes:
        forest: Variables that are joined by arcs and that all lead to `roots` by arrows among them. Some are in `x`.
        roots: A part of the forest without `x`, joined by arcs too, which leads to `y`.
    """

    def __init__(self, message: str, forest: tuple[str, ...] = (), roots: tuple[str, ...] = ()):
        super().__init__(message)
        self.forest, self.roots = forest, roots


@checked
def identify(
    graph: str | MixedGraph, *, x: str | Sequence[str], y: str | Sequence[str]
) -> Callable[[ArrayLike], jax.Array]:
    """The effect `P(y | do(x))` as a function of the observed joint table, wherever the graph determines it.

    With `D` the ancestors of `y` in the graph without `x`, and `D_1, ..., D_k` its districts (c-components),

    `P(y | do(x)) = sum_{D without y} prod_i Q[D_i]`, where `Q[S] = P(S | do(all others))` (Tian and Pearl 2002).

    `Q[D_i]` is found from `Q[all] = P` by narrowing. Of `Q[T]`, keep the ancestors `A` of `D_i` within `T`, then the
    district `S` of `A` that contains `D_i`: `Q[S] = prod_{v in S} q(v | pillow(v))`, conditionals of `Q[A]`. Go on
    until `S = D_i` (Tian and Pearl 2003, algorithm Identify). If no step narrows any more, `T` and `D_i` are a hedge,
    and no formula exists. The algorithm is complete: it gives an answer wherever the ID algorithm does (Shpitser and
    Pearl 2006; Huang and Valtorta 2006).

    In the model, a conditional does not depend on variables outside its pillow. In a table of frequencies it does.
    Those variables are summed out under their observed law, so all data count.

    0 / 0 is 0, with gradient 0: after a condition of probability 0, everything has probability 0. Then the effect of
    that value of `x` sums to the share that the table supports, which is less than 1, and is not NaN.

    Args:
        graph: Chains of arrows, and of arcs for hidden common causes, such as `"x -> m -> y, x <-> y"`; no cycle. Or
            a `MixedGraph`. Its variables are the axes of the table, in the order in which they first appear;
            `"y, x, x -> y"` sets another. A name may have spaces, dots and dashes inside.
        x: The variables to intervene on, a name or names.
        y: The variables to watch, a name or names.

    Returns:
        A compiled, differentiable function of a table of probabilities of sum 1, with an axis for each variable. It
        returns an array with the axes of `x`, then those of `y`. It raises ValueError for a concrete table that is not
        valid.

    Raises:
        Hedge: The table does not determine the effect.
        ValueError: The graph is not valid, or a name is unknown, appears twice, or is in both `x` and `y`.

    Memory: a few times the table, which has a cell for every joint value.

    Example:
        Who takes a drug, x, is healthier, z, and recovers more often, y. The drug does nothing:

        >>> import jax.numpy as jnp
        >>> table = jnp.einsum("z,zx,zy->zxy", jnp.array([0.5, 0.5]), *2 * [jnp.array([[0.9, 0.1], [0.1, 0.9]])])
        >>> identify("z -> x -> y, z -> y", x="x", y="y")(table).round(3)
        Array([[0.5, 0.5],
               [0.5, 0.5]], dtype=float32)
    """
    mixed = graph_of(graph)
    causes, effects = _names(mixed, "x", x), _names(mixed, "y", y)
    if {*causes} & {*effects} or not effects:
        raise Refused(f"y must name variables that are not in x, got x {causes} and y {effects}.")
    needed = mixed.ancestors(effects, within={*mixed.variables} - {*causes})
    routes = [_route(mixed, district, causes, effects) for district in mixed.districts(needed)]
    program = jax.jit(functools.partial(_effect, mixed, routes, (*causes, *effects)))

    def effect(table: ArrayLike) -> jax.Array:
        with naming("identify"):
            _check_table(mixed, table)
        return program(real(table))

    return effect


def _names(graph: MixedGraph, argument: str, given: str | Sequence[str]) -> tuple[str, ...]:
    if not isinstance(given, str) and not (isinstance(given, Collection) and all(isinstance(n, str) for n in given)):
        raise WrongType(f"{argument} must be a name or a sequence of names, got {shown(given)}.")
    names = (given,) if isinstance(given, str) else (*given,)
    if len({*names}) < len(names) or not {*names} <= {*graph.variables}:
        known = ", ".join(graph.variables)
        raise Refused(f"{argument} must name different variables of {known}, got {', '.join(names)}.")
    return names


def _check_table(graph: MixedGraph, table: ArrayLike) -> None:
    if np.ndim(table) != len(graph.variables):
        axes = ", ".join(graph.variables)
        raise Refused(f"table must have the axes {axes}, got the shape {np.shape(table)}.")
    check("table", NonNegative, real(table))
    if not isinstance(table, jax.core.Tracer):
        total = float(np.sum(np.asarray(table, np.float64)))
        if abs(total - 1) > float(jnp.finfo(real(table).dtype).eps) ** 0.5:
            raise Refused(f"table must sum to 1, got {total}.")


def _route(graph: MixedGraph, goal: frozenset[str], x: tuple[str, ...], y: tuple[str, ...]) -> Route:
    """How to narrow all variables to one district of those that are needed."""
    route: Route = []
    scope = frozenset(graph.variables)
    while scope != goal:
        ancestral = graph.ancestors(goal, within=scope)
        district = graph.district(goal, within=ancestral)
        if district == scope:
            forest, roots = (tuple(name for name in graph.variables if name in part) for part in (scope, goal))
            query = f"P({', '.join(y)} | do({', '.join(x)}))"
            hedge = f"{{{', '.join(forest)}}} over {{{', '.join(roots)}}}"
            raise Hedge(f"{query} must be identifiable, got the hedge {hedge}.", forest, roots)
        route.append((ancestral, district))
        scope = district
    return route


def _effect(graph: MixedGraph, routes: list[Route], kept: tuple[str, ...], table: jax.Array) -> jax.Array:
    """The sum over all but the axes to keep, in their order, of the product of kernels."""
    joint = functools.reduce(jnp.multiply, [_kernel(graph, table, route) for route in routes])
    axes = [graph.variables.index(name) for name in kept]
    first = jnp.moveaxis(_marginal(graph, joint, kept), axes, range(len(axes)))
    return jnp.broadcast_to(first.reshape(first.shape[: len(axes)]), [table.shape[axis] for axis in axes])


def _kernel(graph: MixedGraph, table: jax.Array, route: Route) -> jax.Array:
    """`Q` of the last district of a route, with axes of length 1 for variables that it does not depend on."""
    kernel, scope = table, frozenset(graph.variables)
    for ancestral, district in route:
        # Q[T] is a law of T given its other parents W. Times P(W) it is a law of both, and the rest are its marginals.
        joint = kernel * _marginal(graph, table, graph.parents(scope) - scope)
        factors = [_conditional(graph, joint, node, graph.pillow(node, ancestral)) for node in sorted(district)]
        kernel, scope = functools.reduce(jnp.multiply, factors), district
    return kernel


def _conditional(graph: MixedGraph, joint: jax.Array, node: str, given: frozenset[str]) -> jax.Array:
    part = _marginal(graph, joint, {node} | given)
    whole = _marginal(graph, part, given)
    return jnp.where(whole > 0, part / jnp.where(whole > 0, whole, 1), 0)


def _marginal(graph: MixedGraph, array: jax.Array, kept: Collection[str]) -> jax.Array:
    return jnp.sum(array, [axis for axis, name in enumerate(graph.variables) if name not in kept], keepdims=True)
