"""The effect of an intervention, from observations: the ID and IDC algorithms on a table of probabilities."""

from collections.abc import Collection, Sequence

from lropt_jax._core.checking import checked
from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax.objectives.effects.estimand import Estimand, Route, query
from lropt_jax.objectives.effects.graph_of import Graph, read_graph
from lropt_jax.objectives.effects.mixed_graph import MixedGraph


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
    graph: Graph, *, x: str | Sequence[str], y: str | Sequence[str], given: str | Sequence[str] | None = None
) -> Estimand:
    """The effect `P(y | do(x), given)` as a function of the observed joint table, wherever the graph determines it.

    With `D` the ancestors of `y` in the graph without `x`, and `D_1, ..., D_k` its districts (c-components),

    `P(y | do(x)) = sum_{D without y} prod_i Q[D_i]`, where `Q[S] = P(S | do(all others))` (Tian and Pearl 2002).

    `Q[D_i]` is found from `Q[all] = P` by narrowing. Of `Q[T]`, keep the ancestors `A` of `D_i` within `T`, then the
    district `S` of `A` that contains `D_i`: `Q[S] = prod_{v in S} q(v | pillow(v))`, conditionals of `Q[A]`. Go on
    until `S = D_i` (Tian and Pearl 2003, algorithm Identify). If no step narrows any more, `T` and `D_i` are a hedge,
    and no formula exists. The algorithm is complete: it gives an answer wherever the ID algorithm does (Shpitser and
    Pearl 2006; Huang and Valtorta 2006).

    With `given`: to observe `z` is the same as to set it if `y` is independent of `z`, given `x` and the rest of
    `given`, in the graph without what points to `x` and without the arrows out of `z`. All such `z` are set; with `w`
    the rest, `P(y | do(x, z), w) = P(y, w | do(x, z)) / P(w | do(x, z))`. That is the algorithm IDC, and complete too
    (Shpitser and Pearl 2006, "Identification of conditional interventional distributions").

    In the model, a conditional does not depend on variables outside its pillow. In a table of frequencies it does.
    Those variables are summed out under their observed law, so all data count.

    0 / 0 is 0, with gradient 0: after a condition of probability 0, everything has probability 0. Then the effect of
    that value of `x` sums to the share that the table supports, which is less than 1, and is not NaN.

    Args:
        graph: Chains of arrows, and of arcs for hidden common causes, such as `"x -> m -> y, x <-> y"`; no cycle. Or
            a `MixedGraph`, a sequence of edges, or a `networkx.DiGraph`, as `graph_of` reads them. Its variables are
            the axes of the table, in the order in which they first appear; `"y, x, x -> y"` sets another. A name may
            have spaces, dots and dashes inside.
        x: The variables to intervene on, a name or names.
        y: The variables to watch, a name or names.
        given: The variables to observe after the intervention, a name or names. None: nothing is observed.

    Returns:
        A compiled, differentiable function of a table of probabilities of sum 1, with an axis for each variable, or of
        a `ContingencyTable`, whose axes it finds by name. It returns an array with the axes of `x`, then those of
        `given`, then those of `y`. It raises ValueError for a concrete table that is not valid.

    Raises:
        Hedge: The table does not determine the effect.
        ValueError: The graph is not valid, or a name is unknown, appears twice, or is in two of `x`, `given` and `y`.

    Memory: a few times the table, which has a cell for every joint value.

    Example:
        Who takes a drug, x, is healthier, z, and recovers more often, y. The drug does nothing:

        >>> import jax.numpy as jnp
        >>> table = jnp.einsum("z,zx,zy->zxy", jnp.array([0.5, 0.5]), *2 * [jnp.array([[0.9, 0.1], [0.1, 0.9]])])
        >>> identify("z -> x -> y, z -> y", x="x", y="y")(table).round(3)
        Array([[0.5, 0.5],
               [0.5, 0.5]], dtype=float32)
    """
    return identified(read_graph(graph), x, y, given)


def identified(
    mixed: MixedGraph, x: str | Sequence[str], y: str | Sequence[str], given: str | Sequence[str] | None
) -> Estimand:
    """What `identify` returns, for whoever refuses under a name of their own."""
    causes, effects = _names(mixed, "x", x), _names(mixed, "y", y)
    seen = () if given is None else _names(mixed, "given", given)
    if {*causes} & {*effects} or not effects:
        raise Refused(f"y must name variables that are not in x, got x {causes} and y {effects}.")
    if {*seen} & {*causes, *effects}:
        raise Refused(f"given must name variables that are not in x or y, got given {seen}, x {causes}, y {effects}.")
    fixed, watched = _as_good_as_set(mixed, causes, seen, effects)
    needed = mixed.ancestors(watched, within={*mixed.variables} - {*fixed})
    asked = query(causes, seen, effects)
    routes = [_route(mixed, district, asked) for district in mixed.districts(needed)]
    return Estimand(mixed, tuple(routes), fixed, causes, seen, effects)


def _names(graph: MixedGraph, argument: str, given: str | Sequence[str]) -> tuple[str, ...]:
    if not isinstance(given, str) and not (isinstance(given, Collection) and all(isinstance(n, str) for n in given)):
        raise WrongType(f"{argument} must be a name or a sequence of names, got {shown(given)}.")
    names = (given,) if isinstance(given, str) else (*given,)
    if len({*names}) < len(names) or not {*names} <= {*graph.variables}:
        known = ", ".join(graph.variables)
        raise Refused(f"{argument} must name different variables of {known}, got {', '.join(names)}.")
    return names


def _as_good_as_set(
    graph: MixedGraph, x: tuple[str, ...], given: tuple[str, ...], y: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What to set: x and whatever else of `given` the second rule of do-calculus lets set. Then what to watch."""
    for name in given:
        rest = tuple(other for other in given if other != name)
        if graph.cut(into=x, out_of=(name,)).separated(y, (name,), {*x, *rest}):
            return _as_good_as_set(graph, (*x, name), rest, y)
    return x, (*given, *y)


def _route(graph: MixedGraph, goal: frozenset[str], asked: str) -> Route:
    """How to narrow all variables to one district of those that are needed."""
    route: Route = ()
    scope = frozenset(graph.variables)
    while scope != goal:
        ancestral = graph.ancestors(goal, within=scope)
        district = graph.district(goal, within=ancestral)
        if district == scope:
            forest, roots = (tuple(name for name in graph.variables if name in part) for part in (scope, goal))
            hedge = f"{{{', '.join(forest)}}} over {{{', '.join(roots)}}}"
            raise Hedge(f"{asked} must be identifiable, got the hedge {hedge}.", forest, roots)
        route = (*route, (ancestral, district))
        scope = district
    return route
