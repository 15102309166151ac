"""Tests of learned tables and the effects that they identify."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64
from structural import Structural

from lropt_jax.objectives import ContingencyTable, Hedge, MixedGraph, identify, interval
from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import causal, solve, start, suite
from lropt_jax.problems.causal import SMOKING
from lropt_jax.schedules import inverse_time

AVERAGING = sgd(inverse_time(1.0, 1))
TRUTH = np.array([[1 - 0.5025, 0.5025], [1 - 0.5475, 0.5475]])  # as published with the example
KEY = jax.random.key(0)


def test_the_example_has_the_published_effect_and_the_opposite_association():
    problem = causal()
    grid = problem.view(jnp.asarray(SMOKING, jnp.float32), 1000)
    shown = dict(zip(grid.columns, np.asarray(grid.values).T, strict=True))
    assert list(grid.rows) == ["x=0 y=0", "x=0 y=1", "x=1 y=0", "x=1 y=1"]
    assert list(shown) == ["P(y | x)", "P(y | do(x))", "from", "to", "truth"]
    np.testing.assert_allclose(shown["P(y | x)"], [0.0975, 0.9025, 0.8525, 0.1475], atol=1e-6)
    np.testing.assert_allclose(shown["P(y | do(x))"], TRUTH.ravel(), atol=1e-6)
    np.testing.assert_allclose(shown["truth"], TRUTH.ravel(), atol=1e-6)
    assert np.all(shown["from"] < TRUTH.ravel())
    assert np.all(shown["to"] > TRUTH.ravel())


def test_at_the_rate_one_over_time_the_table_is_the_frequencies_of_what_was_drawn():
    problem, at = causal(batch_size=3), start(causal(), AVERAGING, KEY)
    solution = solve(problem, AVERAGING, KEY, 50)
    law = jnp.asarray(SMOKING, jnp.float32).ravel()
    cells = [jax.random.choice(jax.random.fold_in(at.key, step), 8, (3,), p=law) for step in range(50)]
    frequencies = np.bincount(np.ravel(cells), minlength=8) / 150
    np.testing.assert_allclose(solution.params.ravel(), frequencies, atol=1e-6)
    assert solution.state == 150


def test_the_field_is_the_gradient_of_the_value():
    problem = causal()
    params, seen = problem.init(KEY)
    direction, seen, value = problem.field(params, seen, KEY)
    frequencies = params - direction
    np.testing.assert_allclose(jnp.sum(frequencies), 1, rtol=1e-6)
    np.testing.assert_allclose(value, jnp.sum((params - frequencies) ** 2) / 2, rtol=1e-6)
    assert seen == 16


def test_the_error_vanishes_at_one_over_time_and_not_where_the_rate_has_a_floor():
    problem = causal()

    def error(floor, key):
        return problem.judge(solve(problem, sgd(inverse_time(1.0, 1, floor=floor)), key, 1600).params, 0)

    each_key = jax.vmap(error, in_axes=(None, 0))
    errors = jax.vmap(each_key, in_axes=(0, None))(jnp.array([0.0, 0.1]), jax.random.split(KEY, 20))
    vanishing, staying = np.mean(errors, 1)
    assert vanishing < 0.01
    assert staying > 4 * vanishing


@pytest.mark.slow
def test_intervals_hold_the_truth_in_95_of_100_data_sets_and_the_association_never_does():
    problem, effect = causal(batch_size=16), identify("x -> m -> y, x <-> y", x="x", y="y")
    ends = jax.vmap(lambda key: solve(problem, AVERAGING, key, 625))(jax.random.split(KEY, 500))
    assert np.all(ends.state == 10_000)
    tables = ends.params
    low, high = jax.jit(jax.vmap(lambda table: interval(effect, table, 10_000)))(tables)
    held = np.mean((low <= TRUTH) & (high >= TRUTH), 0)
    assert np.all((held >= 0.93) & (held <= 0.97)), held
    joint = jnp.sum(tables, 2)
    association = joint / jnp.sum(joint, 2, keepdims=True)
    assert not np.any((low <= association) & (association <= high))


def test_any_graph_and_any_levels_are_welcome():
    graph = MixedGraph.read("w -> r -> x -> y, w <-> x, w <-> y")
    model = Structural(graph, np.random.default_rng(0), levels=[2, 2, 3, 4])
    with x64():
        problem = causal(graph="w -> r -> x -> y, w <-> x, w <-> y", table=model.table())
        shown = jax.jit(lambda table: problem.view(table, 100).values)(jnp.asarray(model.table()))
        np.testing.assert_allclose(shown[:, -1].reshape(3, 4), model.truth(["x"], ["y"]), atol=1e-12)
        assert problem.judge(jnp.asarray(model.table()), 0) < 1e-12
        assert solve(problem, AVERAGING, KEY, 10).params.dtype == jnp.float64


def test_what_leaves_the_probabilities_is_refused():
    for tx, message in ((adam(0.1), "tx must be plain sgd"), (sgd(1.5), "the rate must stay in")):
        with pytest.raises(ValueError, match=f"solve: {message}"):
            solve(causal(), tx, KEY, 10)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="causal: batch_size must be a whole number >= 1, got 0"):
        causal(batch_size=0)
    with pytest.raises(ValueError, match="identify: table must have the axes x, y, got the shape \\(2, 2, 2\\)"):
        causal(graph="x -> y")
    with pytest.raises(Hedge, match="got the hedge {x, y} over {y}"):
        causal(graph="x -> y, x <-> y")


def test_it_is_in_the_suite():
    assert suite()["causal"] is causal


def test_a_table_of_counted_rows_is_found_by_name_and_shown_by_level():
    counts = np.round(SMOKING * 800).astype(int)
    table = ContingencyTable(counts, ("x", "m", "y"), (("no", "yes"), (0, 1), ("well", "ill")))
    expected, found = causal(table=counts / 800), causal(table=table.over(["y", "x", "m"]))
    judged = jnp.full((2, 2, 2), 1 / 8)
    assert found.judge(judged, 0) == pytest.approx(float(expected.judge(judged, 0)), abs=1e-6)
    grid = found.view(jnp.asarray(counts / 800, jnp.float32), 800)
    assert list(grid.rows) == ["x=no y=well", "x=no y=ill", "x=yes y=well", "x=yes y=ill"]
    np.testing.assert_allclose(solve(found, AVERAGING, KEY, 10).params, solve(expected, AVERAGING, KEY, 10).params)
    with pytest.raises(ValueError, match="^identify: table must have the axes x, m, y, got x, y.$"):
        causal(table=table.over(["x", "y"]))


def test_effects_are_learned_after_observations_too():
    graph = [("x", "z"), ("z", "y"), ("x", "<->", "z")]
    table = np.random.default_rng(0).dirichlet(np.ones(8)).reshape(2, 2, 2)
    problem = causal(graph=graph, x="x", y="y", given="z", table=table)
    grid = problem.view(jnp.asarray(table, jnp.float32), 100)
    assert list(grid.columns) == ["P(y | x, z)", "P(y | do(x), z)", "from", "to", "truth"]
    assert grid.rows[1] == "x=0 z=0 y=1"
    assert problem.judge(jnp.asarray(table, jnp.float32), 0) < 1e-6
