"""Tests of graphs in the forms that people have."""

import re
from types import SimpleNamespace

import networkx
import numpy as np
import pytest
from structural import random_query

from lropt_jax.objectives import Hedge, MixedGraph, graph_of, identify
from lropt_jax.objectives.effects.graph_of import read_graph

CONFOUNDED = MixedGraph(("x", "y"), (("x", "y"),), (("x", "y"),))


@pytest.mark.parametrize(
    "edges",
    [
        [("x", "y"), ("x", "<->", "y")],
        [["x", "->", "y"], ["x", "<->", "y"]],
        (("y", "<-", "x"), "x <-> y"),
        ["x -> y, x <-> y"],
        [("x", "y", {"weight": 1}), ("x", "<->", "y")],
    ],
)
def test_edges_are_read(edges):
    graph = graph_of(edges)
    assert {*graph.variables} == {"x", "y"}
    assert (graph.directed, graph.bidirected) == (CONFOUNDED.directed, CONFOUNDED.bidirected)


def test_names_may_be_anything_and_numbers_become_text():
    graph = graph_of([("blood pressure", "heart-rate"), (1, "blood pressure"), "alone"])
    assert graph.variables == ("blood pressure", "heart-rate", "1", "alone")
    assert read_graph("dose (mg/kg) -> x-ray -> age_%").variables == ("dose (mg/kg)", "x-ray", "age_%")


@pytest.mark.parametrize("mark", [{"hidden": True}, {"latent": True}, {"observed": False}, {"observed": "no"}])
def test_a_graph_of_networkx_hides_what_its_attributes_say(mark):
    graph = networkx.DiGraph([("u", "x"), ("u", "y"), ("x", "y")])
    assert graph_of(graph).variables == ("u", "x", "y")
    assert graph_of(graph, hidden=["u"]) == CONFOUNDED
    graph.add_node("u", **mark)
    assert graph_of(graph) == CONFOUNDED
    with pytest.raises(Hedge, match="{x, y} over {y}"):
        identify(graph, x="x", y="y")


def test_whatever_has_nodes_and_edges_is_such_a_graph():
    likeness = SimpleNamespace(nodes=("u", "x", "y"), edges=(("u", "x"), ("u", "y"), ("x", "y")), latents={"u"})
    assert graph_of(likeness) == CONFOUNDED
    assert graph_of(networkx.MultiDiGraph([("x", "y"), ("x", "y")]), arcs=[("x", "y")]) == CONFOUNDED


def test_hidden_variables_between_others_pass_on_what_they_carry():
    graph = graph_of("w -> u -> x -> y, u -> v -> y, u <-> y", hidden=["u", "v"])
    assert graph.variables == ("w", "x", "y")
    assert {*graph.directed} == {("x", "y"), ("w", "x"), ("w", "y")}
    assert {frozenset(arc) for arc in graph.bidirected} == {frozenset("xy")}


def test_an_arc_is_a_hidden_cause_and_hiding_in_any_order_gives_the_same_districts():
    rng = np.random.default_rng(0)
    for _ in range(50):
        text, *_ = random_query(rng)
        graph = MixedGraph.read(text)
        causes = [f"u{place}" for place in range(len(graph.bidirected))]
        arrows = [(cause, end) for cause, arc in zip(causes, graph.bidirected, strict=True) for end in arc]
        whole = MixedGraph((*graph.variables, *causes), (*graph.directed, *arrows))
        assert graph_of(whole, hidden=causes) == graph
        some = [*rng.permutation(list(graph.variables))[:2].tolist(), *causes]
        one, other = graph_of(whole, hidden=some), graph_of(whole, hidden=some[::-1])
        assert {*one.directed} == {*other.directed}
        assert {*map(frozenset, one.bidirected)} == {*map(frozenset, other.bidirected)}


@pytest.mark.parametrize(
    ("message", "graph"),
    [
        ("graph must have edges such as ('x', 'y') and ('x', '<->', 'y'), got ('x', 'y', 'z').", [("x", "y", "z")]),
        ("graph must have names of text for its variables, got None.", [(None, "x")]),
        ("graph must have a variable that is observed, got none.", []),
        ("graph must have a variable that is observed, got none.", networkx.DiGraph()),
        ("graph must be directed, such as a networkx.DiGraph, got <networkx", networkx.Graph([("x", "y")])),
        ("graph must be a string such as 'z -> x -> y, x <-> y', edges such as", {"x": ["y"]}),
        ("graph must be a string such as 'z -> x -> y, x <-> y', edges such as", 5),
    ],
)
def test_what_is_no_graph_is_refused(message, graph):
    with pytest.raises(ValueError, match=f"^graph_of: {re.escape(message)}"):
        graph_of(graph)


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("graph_of: arcs must be pairs of names such as ('x', 'y'), got 'xy'.", {"arcs": ["xy"]}),
        ("graph_of: arcs must be a sequence, got 5.", {"arcs": 5}),
        ("MixedGraph: bidirected must join two of x, y, got ('x', 'z').", {"arcs": [("x", "z")]}),
        ("graph_of: hidden must name variables of x, y, got q.", {"hidden": ["q"]}),
        ("graph_of: hidden must be a sequence, got 'y'.", {"hidden": "y"}),
    ],
)
def test_bad_arcs_and_hidden_names_are_refused(message, arguments):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        graph_of("x -> y", **arguments)


def test_two_arrows_against_each_other_are_refused_with_how_to_write_an_arc():
    for graph in (networkx.DiGraph([("x", "y"), ("y", "x")]), "x -> y -> x"):
        with pytest.raises(ValueError, match="no cycle, got x -> y -> x; a hidden common cause is x <-> y"):
            graph_of(graph)
