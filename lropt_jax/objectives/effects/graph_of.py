"""Graphs in the forms that people have: text, lists of edges, a DiGraph of networkx."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from lropt_jax._core.checking import checked
from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax.objectives.effects.mixed_graph import Edges, MixedGraph

Graph: TypeAlias = Any  # text, a MixedGraph, a sequence of edges, or a DiGraph; `read_graph` refuses what is none


@checked
def graph_of(graph: Graph, *, arcs: Sequence[Any] = (), hidden: Sequence[str] = ()) -> MixedGraph:
    """A `MixedGraph` of text, of edges, or of a directed graph of networkx.

    `identify`, `effect`, `contingency_table` and `problems.causal` read their graph so. Call it yourself to add arcs,
    or to hide variables of a graph that names common causes which nobody observed.

    A hidden variable goes by latent projection (Verma 1993): its causes become causes of its effects, and its effects
    get an arc to each other. The variables that stay have the same laws and the same effects.

    Args:
        graph: One of

            - text, chains of arrows and of arcs for hidden common causes: `"x -> m -> y, x <-> y"`;
            - a sequence of edges: `("x", "y")` is `x -> y`. `("x", "<->", "y")`, and a string with a chain or with a
              lone variable, say more;
            - a `networkx.DiGraph`, or anything with its `nodes` and `edges`, such as a network of pgmpy. A node is
              hidden by an attribute `hidden=True`, `latent=True` or `observed=False` ("no" in DoWhy's files), or if it
              is in `graph.latents`;
            - a `MixedGraph`.
        arcs: More pairs with a hidden common cause, such as `[("x", "y")]`.
        hidden: Names of variables that are not observed.

    Returns:
        The graph of the observed variables, in the order in which they first appear. Whole numbers as names become
        text.

    Raises:
        ValueError: The graph is not valid, or a name in `arcs` or `hidden` is unknown.
        TypeError: It is no graph.

    Example:
        >>> graph_of([("u", "x"), ("u", "y"), ("x", "y")], hidden=["u"])
        MixedGraph(variables=('x', 'y'), directed=(('x', 'y'),), bidirected=(('x', 'y'),))
    """
    mixed = read_graph(graph)
    more = tuple((_name(a), _name(b)) for a, b in map(_pair, arcs))
    mixed = MixedGraph(mixed.variables, mixed.directed, tuple(dict.fromkeys((*mixed.bidirected, *more))))
    unknown = [name for name in hidden if name not in mixed.variables]
    if unknown:
        raise Refused(f"hidden must name variables of {', '.join(mixed.variables)}, got {', '.join(unknown)}.")
    return _projected(mixed, hidden)


def read_graph(graph: Graph) -> MixedGraph:
    """The graph that somebody gave in any form."""
    if isinstance(graph, MixedGraph):
        return graph
    if isinstance(graph, str):
        return MixedGraph.read(graph)
    if hasattr(graph, "nodes") and hasattr(graph, "edges"):
        return _not_empty(_of_networkx(graph))
    if isinstance(graph, (Sequence, set, frozenset)) and all(isinstance(edge, (str, tuple, list)) for edge in graph):
        return _not_empty(_of_edges(sorted(graph, key=str) if isinstance(graph, (set, frozenset)) else graph))
    forms = "a string such as 'z -> x -> y, x <-> y', edges such as [('x', 'y')], or a networkx.DiGraph"
    raise WrongType(f"graph must be {forms}, got {shown(graph)}.")


def _not_empty(graph: MixedGraph) -> MixedGraph:
    if not graph.variables:
        raise Refused("graph must have a variable that is observed, got none.")
    return graph


def _of_edges(edges: Iterable[Any]) -> MixedGraph:
    variables: list[str] = []
    found: dict[str, list[tuple[str, str]]] = {"->": [], "<->": []}
    for edge in edges:
        part = MixedGraph.read(edge) if isinstance(edge, str) else _of_edge(edge)
        variables += part.variables
        found["->"] += part.directed
        found["<->"] += part.bidirected
    directed, bidirected = (tuple(dict.fromkeys(kind)) for kind in found.values())
    return MixedGraph(tuple(dict.fromkeys(variables)), directed, bidirected)


def _of_edge(edge: Sequence[Any]) -> MixedGraph:
    if len(edge) == 3 and isinstance(edge[1], str) and edge[1] in ("->", "<-", "<->"):
        start, sign, end = _name(edge[0]), edge[1], _name(edge[2])
    elif len(edge) == 2 or (len(edge) == 3 and isinstance(edge[2], Mapping)):  # as networkx gives edges with data
        start, sign, end = _name(edge[0]), "->", _name(edge[1])
    else:
        raise Refused(f"graph must have edges such as ('x', 'y') and ('x', '<->', 'y'), got {shown(edge)}.")
    arrow = (end, start) if sign == "<-" else (start, end)
    names = tuple(dict.fromkeys((start, end)))
    return MixedGraph(names, bidirected=(arrow,)) if sign == "<->" else MixedGraph(names, (arrow,))


def _of_networkx(graph: Any) -> MixedGraph:
    directed = getattr(graph, "is_directed", None)
    if callable(directed) and not directed():
        raise Refused(f"graph must be directed, such as a networkx.DiGraph, got {shown(graph)}.")
    edges = graph.edges() if callable(graph.edges) else graph.edges
    arrows = dict.fromkeys((_name(edge[0]), _name(edge[1])) for edge in edges)
    nodes = {_name(node): _attributes(graph, node) for node in graph.nodes}
    if len(nodes) < len([*graph.nodes]):
        raise Refused(f"graph must have nodes of different names, got {shown([*graph.nodes])}.")
    latents = {_name(node) for node in getattr(graph, "latents", ())}
    hidden = [name for name, attributes in nodes.items() if name in latents or _is_hidden(attributes)]
    return _projected(MixedGraph(tuple(nodes), tuple(arrows)), hidden)


def _attributes(graph: Any, node: Any) -> Mapping[str, Any]:
    attributes = graph.nodes[node] if hasattr(graph.nodes, "data") else {}
    return attributes if isinstance(attributes, Mapping) else {}


def _is_hidden(attributes: Mapping[str, Any]) -> bool:
    no = (False, "no", "No", "false", "False")
    marks = [attributes[mark] not in no for mark in ("hidden", "latent", "unobserved") if mark in attributes]
    return any(marks) or attributes.get("observed", True) in no


def _projected(graph: MixedGraph, hidden: Iterable[str]) -> MixedGraph:
    """The graph without variables that nobody observes, one after another."""
    for name in hidden:
        causes, effects = graph.parents({name}), [b for a, b in graph.directed if a == name]
        joined = [*effects, *(a if b == name else b for a, b in graph.bidirected if name in (a, b))]
        arrows = [*graph.directed, *((cause, effect) for cause in sorted(causes) for effect in effects)]
        pairs = [(one, other) for place, one in enumerate(effects) for other in joined[place + 1 :] if one != other]
        kept = tuple(other for other in graph.variables if other != name)
        graph = MixedGraph(kept, _among(arrows, kept), _among([*graph.bidirected, *pairs], kept))
    return graph


def _among(edges: Iterable[tuple[str, str]], names: Iterable[str]) -> Edges:
    return tuple(dict.fromkeys(edge for edge in edges if {*edge} <= {*names}))


def _pair(arc: Any) -> Sequence[Any]:
    if isinstance(arc, (tuple, list)) and len(arc) == 2:
        return arc
    raise Refused(f"arcs must be pairs of names such as ('x', 'y'), got {shown(arc)}.")


def _name(node: Any) -> str:
    if isinstance(node, str):
        return node
    if isinstance(node, int) and not isinstance(node, bool):
        return str(node)
    raise WrongType(f"graph must have names of text for its variables, got {shown(node)}.")
