"""Tests of the ID algorithm, against models whose hidden causes are known."""

import json
import re
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64
from structural import Structural, random_query, reachable

from lropt_jax.objectives import Hedge, MixedGraph, identify

IDENTIFIED = {
    "back-door": "z -> x -> y, z -> y",
    "front-door": "x -> m -> y, x <-> y",
    "napkin": "w -> r -> x -> y, w <-> x, w <-> y",
    "M-bias": "x <-> m <-> y, x -> y",
}
REFUSED = {"bow": "x -> y, x <-> y", "instrument": "z -> x -> y, x <-> y"}
TABLE = np.full((2, 2, 2), 1 / 8)


@pytest.mark.parametrize("name", IDENTIFIED)
def test_named_graphs_give_the_truncated_factorisation_of_their_models(name):
    graph = MixedGraph.read(IDENTIFIED[name])
    model = Structural(graph, np.random.default_rng(0), levels=[2, 3, 4, 2][: len(graph.variables)])
    with x64():
        effect = identify(IDENTIFIED[name], x="x", y="y")(model.table())
        np.testing.assert_allclose(effect, model.truth(["x"], ["y"]), atol=1e-12, rtol=0)


@pytest.mark.parametrize("name", REFUSED)
def test_named_graphs_without_a_formula_are_refused_with_their_hedge(name):
    with pytest.raises(
        Hedge, match=r"^identify: P\(y \| do\(x\)\) must be identifiable, got the hedge {x, y} over {y}.$"
    ):
        identify(REFUSED[name], x="x", y="y")


@pytest.mark.parametrize("graphs", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_random_graphs_are_right_by_value_by_fixing_and_by_what_a_table_tells_of_its_model(graphs):
    rng, found = np.random.default_rng(0), []
    for _ in range(graphs):
        text, x, y = random_query(rng)
        graph = MixedGraph.read(text)
        model = Structural(graph, rng, levels=rng.integers(2, 4, len(graph.variables)))
        left = [name for name in graph.variables if name not in x + y]
        told = model.slopes(graph.variables)
        for given in ([], left[:1], left):
            try:
                effect = identify(text, x=x, y=y, given=given)
                np.testing.assert_allclose(effect(model.table()), model.conditional_truth(x, given, y), atol=3e-7)
                identified = True
            except Hedge:
                identified = False
            assert identified == in_span(model.conditional_slopes(x, given, y), told)
            found.append(identified)
        needed = graph.ancestors(y, within={*graph.variables} - {*x})
        assert found[-3] == all(reachable(graph, district) for district in graph.districts(needed))
    assert 1.5 * graphs < sum(found) < 2.7 * graphs


def test_its_answers_are_those_of_y0():
    golden = json.loads((Path(__file__).parents[2] / "golden/causal/y0.json").read_text())
    answers = {"given": 0, "hedge": 0, "wrong": 0}
    for seed, case in enumerate(golden["cases"]):
        graph = MixedGraph.read(case["graph"])
        table = Structural(graph, np.random.default_rng(seed), levels=[2] * len(graph.variables)).table()
        for kind, given in (("plain", []), ("conditional", case["given"])):
            try:
                found = identify(graph, x=case["x"], y=case["y"], given=given)(table).ravel()
            except Hedge:
                found = None
            assert (found is None) == (case[kind] is None), case
            answers["hedge" if found is None else "wrong" if case[kind] == "wrong" else "given"] += 1
            if isinstance(case[kind], list):
                np.testing.assert_allclose(found, case[kind], atol=1e-6)
    assert answers == {"given": 285, "hedge": 113, "wrong": 2}  # there y0's formula is not that of the model


def in_span(effect, table):
    """Whether no change of the model moves the effect but leaves the table, to first order."""
    _, scales, directions = np.linalg.svd(table, full_matrices=False)
    seen = directions[scales > 1e-9 * scales[0]]
    left = np.max(np.abs(effect - effect @ seen.T @ seen))
    assert left < 1e-12 or left > 1e-6
    return left < 1e-12


def test_it_is_differentiated_by_the_table_and_mapped():
    with x64():
        effect = identify(IDENTIFIED["napkin"], x="x", y="y")
        table = jnp.asarray(np.random.default_rng(1).dirichlet(np.ones(16)).reshape(2, 2, 2, 2))
        way = jnp.asarray(np.random.default_rng(2).dirichlet(np.ones(16)).reshape(2, 2, 2, 2)) - table
        slope = jax.jvp(effect, (table,), (way,))[1]
        numeric = (effect(table + 1e-6 * way) - effect(table - 1e-6 * way)) / 2e-6
        np.testing.assert_allclose(slope, numeric, rtol=1e-6)
        both = jax.vmap(effect)(jnp.stack([table, table + way]))
        np.testing.assert_allclose(both, [effect(table), effect(table + way)], rtol=1e-12)


def test_a_table_that_fits_no_model_is_read_under_the_observed_law_of_what_should_not_matter():
    table = np.random.default_rng(0).dirichlet(np.ones(16)).reshape(2, 2, 2, 2)  # w, r, x, y
    given = table / table.sum((2, 3), keepdims=True)  # P(x, y | w, r)
    weight = table.sum((1, 2, 3))[:, None] * table.sum((0, 2, 3))  # P(w) P(r)
    joint = np.einsum("wr,wrxy->xy", weight, given)
    with x64():
        effect = identify(IDENTIFIED["napkin"], x="x", y="y")(table)
        np.testing.assert_allclose(effect, joint / joint.sum(1, keepdims=True), atol=1e-12, rtol=0)


def test_axes_are_those_of_x_then_those_of_y_in_the_order_given():
    table = np.random.default_rng(0).dirichlet(np.ones(24)).reshape(2, 3, 4)
    effect = identify("a, b, c, c -> a", x=["c", "b"], y="a")(table)
    assert effect.shape == (4, 3, 2)
    given_c = (table.sum(1) / table.sum((0, 1))).T
    np.testing.assert_allclose(effect, np.repeat(given_c[:, None], 3, axis=1), rtol=1e-5)


def test_what_was_never_seen_gives_zeros_with_finite_slopes_and_not_nan():
    effect = identify(IDENTIFIED["back-door"], x="x", y="y")
    table = jnp.array([[[0.25, 0.25], [0.0, 0.0]], [[0.1, 0.1], [0.1, 0.2]]])  # z, x, y; never z = 0 with x = 1
    np.testing.assert_allclose(effect(table).sum(1), [1, 0.5], rtol=1e-6)
    np.testing.assert_allclose(effect(table)[1], [0.5 * 1 / 3, 0.5 * 2 / 3], rtol=1e-6)
    assert np.isfinite(jax.jacrev(effect)(table)).all()
    assert np.isfinite(jax.jacrev(effect)(jnp.zeros((2, 2, 2)).at[0, 0, 0].set(1))).all()


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("identify: x must name different variables of x, y, got z.", {"x": "z", "y": "y"}),
        ("identify: y must name different variables of x, y, got y, y.", {"x": "x", "y": ["y", "y"]}),
        ("identify: y must name variables that are not in x, got x ('x',) and y ('x',).", {"x": "x", "y": "x"}),
        ("identify: y must name variables that are not in x, got x ('x',) and y ().", {"x": "x", "y": []}),
        ("identify: given must name different variables of x, y, got z.", {"x": "x", "y": "y", "given": "z"}),
        (
            "identify: given must name variables that are not in x or y, got given ('y',), x ('x',), y ('y',).",
            {"x": "x", "y": "y", "given": "y"},
        ),
    ],
)
def test_bad_names_are_refused(message, arguments):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        identify("x -> y", **arguments)


@pytest.mark.parametrize(
    ("message", "table"),
    [
        ("table must have the axes z, x, y, got the shape \\(2, 2\\)", np.full((2, 2), 0.25)),
        ("table must sum to 1, got 2.0", 2 * TABLE),
        ("table must be finite and >= 0, got", TABLE + np.array([0.2, -0.2])),
        ("table must be finite and >= 0, got", np.where(TABLE > 0, np.nan, 0)),
    ],
)
def test_tables_that_are_none_are_refused(message, table):
    with pytest.raises(ValueError, match=f"identify: {message}"):
        identify(IDENTIFIED["back-door"], x="x", y="y")(table)


def test_what_is_no_graph_or_no_name_is_refused():
    for bad in ({"x": ["y"]}, None, 5):
        with pytest.raises(TypeError, match="^identify: graph must be a string such as 'z -> x -> y, x <-> y', edges"):
            identify(bad, x="x", y="y")
    for bad in (0, None, [0]):
        with pytest.raises(TypeError, match="^identify: x must be a name or a sequence of names, got"):
            identify("x -> y", x=bad, y="y")


def test_a_graph_that_is_one_already_and_names_with_dashes_work():
    table = jnp.array([[0.1, 0.4], [0.3, 0.2]])
    expected = identify("x -> y", x="x", y="y")(table)
    np.testing.assert_array_equal(identify(MixedGraph.read("x -> y"), x="x", y="y")(table), expected)
    np.testing.assert_array_equal(identify("x-ray -> y", x="x-ray", y="y")(table), expected)
