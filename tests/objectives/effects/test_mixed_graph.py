"""Tests of graphs with arrows and arcs."""

import numpy as np
import pytest
from structural import Structural, random_query

from lropt_jax.objectives import MixedGraph

# Figure 1 of Tian and Pearl's kind: two districts, joined across an arrow
GRAPH = MixedGraph.read("a -> b -> c -> d, a <-> c, b <-> d, e -> d")


def test_chains_are_read_with_arrows_both_ways_arcs_and_lone_names():
    graph = MixedGraph.read("y, x<-z->y,x -> y, x <-> y <-> z")
    assert graph.variables == ("y", "x", "z")
    assert set(graph.directed) == {("z", "x"), ("z", "y"), ("x", "y")}
    assert graph.bidirected == (("x", "y"), ("y", "z"))


def test_relations_are_those_of_the_part_asked_for():
    everything = GRAPH.variables
    assert GRAPH.parents({"d", "b"}) == {"a", "c", "e"}
    assert GRAPH.ancestors({"c"}, everything) == {"a", "b", "c"}
    assert GRAPH.ancestors({"c"}, {"a", "c"}) == {"c"}
    assert GRAPH.districts(everything) == [{"a", "c"}, {"b", "d"}, {"e"}]
    assert GRAPH.districts({"a", "b", "d"}) == [{"a"}, {"b", "d"}]
    assert GRAPH.district({"c"}, everything) == {"a", "c"}


def test_causes_come_before_effects():
    order = MixedGraph.read("y, m, x, x -> m -> y").order
    assert order == ("x", "m", "y")


def test_the_pillow_is_the_district_so_far_and_its_parents():
    everything = GRAPH.variables
    assert GRAPH.pillow("a", everything) == set()
    assert GRAPH.pillow("b", everything) == {"a"}
    assert GRAPH.pillow("c", everything) == {"a", "b"}
    assert GRAPH.pillow("d", everything) == {"a", "b", "c", "e"}
    assert GRAPH.pillow("d", {"a", "c", "d", "e"}) == {"c", "e"}


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("text must be like 'z -> x -> y, x <-> y', got 'x -> '", "x -> "),
        ("text must be like 'z -> x -> y, x <-> y', got 'x --> y'", "x --> y"),
        ("text must be like 'z -> x -> y, x <-> y', got ''", ""),
        ("directed must join two of x, got \\('x', 'x'\\)", "x -> x"),
        ("directed must have no cycle, got x -> y -> z -> x", "x -> y -> z -> x"),
    ],
)
def test_what_is_no_graph_is_refused(message, text):
    with pytest.raises(ValueError, match=f"MixedGraph: {message}"):
        MixedGraph.read(text)


def test_edges_of_unknown_variables_and_names_given_twice_are_refused():
    with pytest.raises(ValueError, match="MixedGraph: bidirected must join two of x, y, got \\('x', 'z'\\)"):
        MixedGraph(("x", "y"), bidirected=(("x", "z"),))
    with pytest.raises(ValueError, match="MixedGraph: variables must have different names, got \\('x', 'x'\\)"):
        MixedGraph(("x", "x"))


def test_names_may_have_dots_and_dashes_inside():
    graph = MixedGraph.read("x-ray -> blood pressure, v1.2 <-> x-ray")
    assert graph.variables == ("x-ray", "blood pressure", "v1.2")
    assert graph.bidirected == (("v1.2", "x-ray"),)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("x -> y; z -> y", "; write chains alone, with commas between them"),
        ("digraph { x -> y }", "; write chains alone, with commas between them"),
        ("x => y", "; an arrow is ->"),
        ("x --> y", "; an arrow is ->"),
        ("x \N{RIGHTWARDS ARROW} y", "; an arrow is ->"),
        ("x - y", "; edges are ->, and <-> for a hidden common cause"),
        ("x -- y", "; edges are ->, and <-> for a hidden common cause"),
    ],
)
def test_the_signs_of_other_languages_are_refused_with_those_here(text, remedy):
    with pytest.raises(ValueError, match=f"^MixedGraph: text must be like .*{remedy}\\.$"):
        MixedGraph.read(text)


def test_m_separation_is_independence_in_models():
    rng = np.random.default_rng(0)
    for _ in range(30):
        text, some, others = random_query(rng)
        graph = MixedGraph.read(text)
        given = [name for name in graph.variables if name not in some + others]
        model = Structural(graph, rng, levels=[2] * len(graph.variables))
        joint = model.truth([], given + some + others).reshape(2 ** len(given), 2 ** len(some), -1)
        whole = joint.sum((1, 2), keepdims=True)
        dependence = np.max(np.abs(joint - joint.sum(1, keepdims=True) * joint.sum(2, keepdims=True) / whole))
        assert graph.separated(some, others, given) == (dependence < 1e-12)


def test_parts_of_a_graph_lose_the_edges_that_leave_them():
    part = GRAPH.within({"a", "c", "d"})
    assert (part.variables, part.directed, part.bidirected) == (("a", "c", "d"), (("c", "d"),), (("a", "c"),))
    cut = GRAPH.cut(into=["d"], out_of=["b"])
    assert (cut.directed, cut.bidirected) == ((("a", "b"),), (("a", "c"),))
