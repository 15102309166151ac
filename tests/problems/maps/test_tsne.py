"""Tests of t-SNE."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import stacked, x64
from sklearn.datasets import load_digits
from sklearn.manifold import TSNE, trustworthiness

from lropt_jax.objectives import tsne_gradient
from lropt_jax.optimizers import delta_bar_delta, sgd
from lropt_jax.problems import Points, solve, suite, tsne, tsne_optimizer
from lropt_jax.schedules import piecewise

DIGITS, NAMES = load_digits(return_X_y=True)
DIGITS, NAMES = DIGITS[:400], NAMES[:400]
KEY = jax.random.key(0)
SMALL = np.random.default_rng(0).normal(size=(40, 4)) + 4 * np.eye(4)[np.arange(40) % 4]
CLOUDS = tsne(data=SMALL, perplexity=5.0)


def gains(rate, momentum=0.8):
    return delta_bar_delta(rate, theta=None, momentum=momentum, at_zero="shrink")


def divergence(joint, points):
    """The exact loss in float64, the same for everybody's map."""
    weights = 1 / (1 + ((points[:, None] - points) ** 2).sum(-1))
    np.fill_diagonal(weights, 0)
    near = joint > 0
    return np.sum(joint[near] * np.log(joint[near] / joint.sum() * weights.sum() / weights[near]))


@pytest.mark.slow
def test_the_map_of_digits_is_as_good_as_that_of_scikit_learn():
    problem = tsne(data=DIGITS, labels=NAMES)
    solution = solve(problem, tsne_optimizer(problem), KEY, 1000)
    points, joint = (np.asarray(each, np.float64) for each in (solution.params, problem.field.args[0]))
    theirs = TSNE(method="exact", perplexity=30, random_state=0).fit_transform(DIGITS)
    assert divergence(joint, points) < 1.01 * divergence(joint, np.asarray(theirs, np.float64))
    assert trustworthiness(DIGITS, points) > 0.99
    assert float(problem.judge(solution.params, solution.state)) == pytest.approx(divergence(joint, points), rel=1e-4)
    view = problem.view(solution.params, solution.state)
    assert isinstance(view, Points)
    assert view.labels is NAMES


def test_the_joint_probabilities_are_those_of_scikit_learn():
    from sklearn.manifold._t_sne import _joint_probabilities
    from sklearn.metrics import pairwise_distances

    theirs = _joint_probabilities(pairwise_distances(DIGITS, squared=True).astype(np.float32), 30.0, 0)
    ours = np.asarray(tsne(data=DIGITS).field.args[0])
    np.testing.assert_allclose(ours[np.triu_indices(400, 1)], theirs, rtol=1e-3, atol=1e-10)


def test_exaggeration_is_read_at_the_step_and_ends():
    problem = tsne(data=SMALL, perplexity=5.0, exaggeration=piecewise((12.0, 1.0), (3,)))
    at, state = jax.random.normal(KEY, (40, 2)), problem.init(KEY)[1]
    joint, seen = problem.field.args[0], []
    for _ in range(5):
        gradient, state, value = problem.field(at, state, KEY)
        seen.append(gradient)
        assert value == problem.judge(at, state)
    plain, large = (tsne_gradient(at, joint, exaggeration=factor)[0] for factor in (1.0, 12.0))
    np.testing.assert_allclose(seen, [large] * 3 + [plain] * 2, rtol=1e-5, atol=1e-7)


def test_the_map_begins_at_the_principal_components_the_same_for_every_key():
    start, state = CLOUDS.init(KEY)
    centred = SMALL - SMALL.mean(0)
    _, _, loadings = np.linalg.svd(centred)
    expected = centred @ loadings[:2].T
    along = np.sign(np.sum(expected * start, axis=0))
    np.testing.assert_allclose(start, along * expected / expected[:, 0].std() * 1e-4, rtol=1e-4, atol=1e-9)
    np.testing.assert_array_equal(start, CLOUDS.init(jax.random.key(1))[0])
    assert state == 0


def test_plain_descent_with_momentum_gets_there_later():
    slow, fast = (solve(CLOUDS, tx, KEY, 300).values for tx in (sgd(1.0, momentum=0.8), gains(1.0)))
    assert fast[-1] < slow[-1] < slow[0]


def test_data_may_lie_far_from_the_origin_and_be_of_any_scale():
    joint = CLOUDS.field.args[0]
    for moved in (SMALL + 1e5, 1e-30 * SMALL, 1e30 * SMALL):
        np.testing.assert_allclose(tsne(data=moved, perplexity=5.0).field.args[0], joint, rtol=1e-4, atol=1e-9)


def test_it_is_mapped_over_rates_and_runs_in_float64():
    txs = [gains(rate) for rate in (0.5, 1.0)]
    together = jax.vmap(lambda tx: solve(CLOUDS, tx, KEY, 300).values)(stacked(txs))
    np.testing.assert_allclose(together[1][:50], solve(CLOUDS, txs[1], KEY, 300).values[:50], rtol=1e-3)
    with x64():
        wide = tsne(data=SMALL, perplexity=5.0)
        gradient, _, value = wide.field(*wide.init(KEY), KEY)
        assert gradient.dtype == value.dtype == jnp.float64


@pytest.mark.slow
@pytest.mark.parametrize("dimensions", [1, 3])
def test_a_map_may_be_a_line_or_fill_space_and_has_a_picture_in_the_plane(dimensions):
    problem = tsne(SMALL, perplexity=5.0, dimensions=dimensions)
    done = solve(problem, tsne_optimizer(problem), KEY, 400)
    assert done.params.shape == (40, dimensions)
    assert done.values[-1] < 0.5 * done.values[0]
    assert problem.view(done.params, done.state).points.shape == (40, 2)


def test_many_points_are_told_what_they_cost(monkeypatch):
    monkeypatch.setitem(tsne.__wrapped__.__globals__, "_MANY", 30)
    with pytest.warns(UserWarning, match=r"^tsne: 40 points take 0\.0 GB .* Beyond 30 points use openTSNE") as said:
        tsne(SMALL, perplexity=5.0)
    assert said[0].filename == __file__


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dimensions": 4}, "tsne: dimensions must be one of 1, 2, 3, got 4."),
        ({"data": np.ones(5)}, "tsne: data must have the shape (n, d) with d >= 2, got (5,)."),
        ({"data": np.ones((5, 1))}, "tsne: data must have the shape (n, d) with d >= 2, got (5, 1)."),
        ({"data": np.where(SMALL > 4, np.nan, SMALL)}, "tsne: data must be finite, got "),
        ({"data": np.ones((40, 4))}, "tsne: data must differ from point to point, got the same point everywhere."),
        (
            {"perplexity": 14.0},
            "tsne: perplexity must be above 1 and at most a third of the points, 13.3333, got 14.0.",
        ),
        ({"perplexity": 1.0}, "tsne: perplexity must be above 1 and at most a third of the points, 13.3333, got 1.0."),
        ({"perplexity": 5.0, "labels": np.ones(3)}, "tsne: labels must have the shape (40,), got (3,)."),
        ({"exaggeration": 0.5}, "tsne: exaggeration must be finite and >= 1, got 0.5."),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        tsne(**{"data": SMALL} | arguments)


def test_it_is_in_the_suite_and_its_recipe_outlasts_exaggeration():
    assert suite()["tsne"] is tsne
    assert CLOUDS.recipe.steps // 5 > 250
