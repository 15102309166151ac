"""Acyclic directed mixed graphs: what causes what, and what shares a hidden cause."""

import functools
import graphlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import Refused, WrongType, naming

_NAME = re.compile(r"\w(?:[\w()%]|[ ]+[\w(]|[.'/&+-]\w)*")  # "x", "blood pressure", "x-ray", "dose (mg/kg)"
Edges = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class MixedGraph:
    """Variables joined by arrows, cause to effect, and by arcs, for a hidden common cause.

    Attributes:
        variables: Names, in the order of a table's axes.
        directed: Pairs (cause, effect) `a -> b`; no cycle.
        bidirected: Pairs `a <-> b` with a common cause that is not observed.

    Raises:
        ValueError: A name appears twice, an edge has an end that is no variable or has one variable at both ends, or
            arrows form a cycle.

    Example:
        >>> front_door = MixedGraph.read("x -> m -> y, x <-> y")
        >>> front_door.variables, [sorted(district) for district in front_door.districts({"x", "m", "y"})]
        (('x', 'm', 'y'), [['x', 'y'], ['m']])
    """

    variables: tuple[str, ...]
    directed: Edges = ()
    bidirected: Edges = ()

    @naming("MixedGraph")
    def __post_init__(self) -> None:
        known = set(self.variables)
        if len(known) != len(self.variables):
            raise Refused(f"variables must have different names, got {self.variables}.")
        for name, edges in (("directed", self.directed), ("bidirected", self.bidirected)):
            for edge in edges:
                if len({*edge}) != 2 or not {*edge} <= known:
                    raise Refused(f"{name} must join two of {', '.join(self.variables)}, got {edge}.")
        try:
            _ = self.order
        except graphlib.CycleError as error:
            cycle = error.args[1]
            remedy = f"; a hidden common cause is {cycle[0]} <-> {cycle[1]}" if len(cycle) == 3 else ""
            raise Refused(f"directed must have no cycle, got {' -> '.join(cycle)}{remedy}.") from None

    @classmethod
    @naming("MixedGraph")
    def read(cls, text: str) -> Self:
        """A graph from chains such as `"z -> x -> y, x <-> y"`; variables in the order in which they first appear.

        Raises:
            ValueError: The text is no list of chains, or the graph is not valid.
        """
        names: list[str] = []
        edges: dict[str, list[tuple[str, str]]] = {"->": [], "<-": [], "<->": []}
        if not isinstance(text, str):
            raise WrongType(f"text must be a string, got {shown(text)}.")
        for chain in text.split(","):
            words = [word.strip() for word in re.split("(<->|->|<-)", chain)]
            nodes, arrows = words[::2], words[1::2]
            if not all(_NAME.fullmatch(node) for node in nodes):
                raise Refused(f"text must be like 'z -> x -> y, x <-> y', got {text!r}{_remedy(text)}.")
            names += nodes
            for left, arrow, right in zip(nodes[:-1], arrows, nodes[1:], strict=True):
                edges[arrow].append((left, right))
        back = [(cause, effect) for effect, cause in edges["<-"]]
        return cls(tuple(dict.fromkeys(names)), (*edges["->"], *back), tuple(edges["<->"]))

    @functools.cached_property
    def order(self) -> tuple[str, ...]:
        """The variables, causes before their effects."""
        return tuple(graphlib.TopologicalSorter({name: self._causes(name) for name in self.variables}).static_order())

    def parents(self, nodes: Iterable[str]) -> frozenset[str]:
        """The direct causes of any of the nodes; a node is among them if it causes another one."""
        return frozenset(cause for node in nodes for cause in self._causes(node))

    def ancestors(self, nodes: Iterable[str], within: Iterable[str]) -> frozenset[str]:
        """The nodes and all variables that lead to them by arrows, in the part of the graph `within`."""
        return _reached(nodes, self.directed, within)

    def district(self, nodes: Iterable[str], within: Iterable[str]) -> frozenset[str]:
        """The nodes and all variables joined to them by arcs, in the part of the graph `within`."""
        return _reached(nodes, (*self.bidirected, *(edge[::-1] for edge in self.bidirected)), within)

    def districts(self, within: Iterable[str]) -> list[frozenset[str]]:
        """The c-components of a part of the graph: variables joined by arcs, in the order of `variables`."""
        left = [name for name in self.variables if name in within]
        return list(dict.fromkeys(self.district({node}, left) for node in left))

    def pillow(self, node: str, within: Iterable[str]) -> frozenset[str]:
        """The Markov pillow of a node of an ancestral part: given it, the node depends on no other node before it.

        That is its district among the nodes up to it, and their parents, without the node itself (Tian and Pearl 2002;
        the name is of Bhattacharya et al. 2020, arXiv:2003.12659).
        """
        before = self.order[: self.order.index(node) + 1]
        joined = self.district({node}, {*before} & {*within})
        return (joined | self.parents(joined)) - {node}

    def cut(self, into: Iterable[str] = (), out_of: Iterable[str] = ()) -> Self:
        """The graph without the arrows and arcs that point to some variables, and the arrows that leave others."""
        into, out_of = frozenset(into), frozenset(out_of)
        directed = tuple((a, b) for a, b in self.directed if b not in into and a not in out_of)
        return type(self)(self.variables, directed, tuple(arc for arc in self.bidirected if not {*arc} & into))

    def within(self, names: Iterable[str]) -> Self:
        """The part of the graph on some of its variables."""
        names = frozenset(names)
        directed, bidirected = (
            tuple(edge for edge in edges if {*edge} <= names) for edges in (self.directed, self.bidirected)
        )
        return type(self)(tuple(name for name in self.variables if name in names), directed, bidirected)

    def separated(self, some: Iterable[str], others: Iterable[str], given: Iterable[str]) -> bool:
        """Whether each model of the graph has the first two sets independent, given the third: m-separation.

        So it is where the third set parts them in the augmented graph of all ancestors, in which each district and its
        parents are joined to each other (Richardson 2003, "Markov properties for acyclic directed mixed graphs").
        """
        some, others, given = frozenset(some), frozenset(others), frozenset(given)
        scope = self.ancestors(some | others | given, self.variables)
        joined = [district | (self.parents(district) & scope) for district in self.districts(scope)]
        reached, wider = frozenset[str](), some - given
        while wider != reached:
            reached = wider
            wider = reached.union(*(group - given for group in joined if group & reached))
        return not reached & others

    def _causes(self, node: str) -> list[str]:
        return [cause for cause, effect in self.directed if effect == node]


def _remedy(text: str) -> str:
    """What to write in the place of signs of other languages for graphs."""
    if "{" in text or ";" in text or "\n" in text:
        return "; write chains alone, with commas between them"
    if any(sign in text for sign in ("=>", "-->", "\u2192")):
        return "; an arrow is ->"
    bare = re.sub("<->|->|<-", "", text)
    return "; edges are ->, and <-> for a hidden common cause" if " - " in bare or "--" in bare else ""


def _reached(nodes: Iterable[str], edges: Edges, within: Iterable[str]) -> frozenset[str]:
    """The nodes, and all variables from which edges of a part of the graph lead to them."""
    found, inside = frozenset(nodes), frozenset(within)
    while True:
        wider = found | {start for start, end in edges if end in found and start in inside}
        if wider == found:
            return found
        found = wider
