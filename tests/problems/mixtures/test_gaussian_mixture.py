"""Tests of the mixture of Gaussians, against scikit-learn."""

import functools
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax.objectives import MixtureStatistics, mixture_from_statistics
from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import gaussian_mixture, solve, start, step, suite
from lropt_jax.problems.mixtures.gaussian_mixture import three_clusters
from lropt_jax.schedules import constant, robbins_monro

mixture = pytest.importorskip("sklearn.mixture")
KEY = jax.random.key(0)
STEP, FITTED = jax.jit(step), jax.jit(mixture_from_statistics)
DATA = three_clusters(0)
CLOUD = np.random.default_rng(3).normal(size=(300, 4)) @ np.diag([1, 2, 3, 4]) + 1  # no clusters: EM is slow here


@functools.cache
def batch_em():
    problem = gaussian_mixture(batch_size=None)
    return problem, solve(problem, sgd(1.0), KEY, 200)


def fitted_by_peer(first, data, iterations, covariance="full"):
    """Scikit-learn's mixture after each of its iterations from the same start."""
    precisions = {"full": np.linalg.inv, "tied": lambda c: np.linalg.inv(c[0])}.get(covariance, np.reciprocal)
    peer = mixture.GaussianMixture(
        len(first.weights), covariance_type="diag" if covariance == "diagonal" else covariance, max_iter=1, tol=0.0,
        warm_start=True, weights_init=np.asarray(first.weights), means_init=np.asarray(first.means),
        precisions_init=precisions(np.asarray(first.covariances)),
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one iteration does not converge
        for _ in range(iterations):
            peer.fit(data)
            covariances = peer.covariances_[None] if covariance == "tied" else peer.covariances_
            yield peer.weights_, peer.means_, covariances, peer.score(data)


@pytest.mark.parametrize(
    ("data", "components", "covariance"),
    [(DATA, 3, "full"), (CLOUD, 2, "full"), (CLOUD, 2, "tied"), (CLOUD, 2, "diagonal"), (CLOUD, 2, "spherical")],
)
def test_rate_one_is_scikit_learns_em_iteration_by_iteration(data, components, covariance):
    with x64():
        problem = gaussian_mixture(
            data, components=components, covariance=covariance, batch_size=None, means=data[5 : 5 + components]
        )
        tx = sgd(1.0)
        at = start(problem, tx, KEY)
        first, before = FITTED(at.params), None
        for weights, means, covariances, score in fitted_by_peer(first, data, 25, covariance):
            at, loss = STEP(problem, tx, at)
            assert before is None or abs(loss + before) < 1e-8  # of the parameters before the step
            before, ours = score, FITTED(at.params)
            for mine, theirs in zip(ours, (weights, means, covariances), strict=True):
                np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-8)


def test_rate_one_never_lowers_the_likelihood():
    with x64():
        problem = gaussian_mixture(batch_size=None, floor=0.0)
        losses = jax.vmap(lambda key: solve(problem, sgd(1.0), key, 100).values)(jax.random.split(KEY, 8))
        assert np.all(np.diff(losses, axis=1) < 1e-12)
        assert np.all(losses[:, 0] - losses[:, -1] > 0.5)


@pytest.mark.slow
def test_stepwise_em_comes_within_5e_4_of_batch_em():
    batch, problem = batch_em()[1].values[-1], gaussian_mixture(validation=DATA)
    tx = sgd(robbins_monro(2**-0.6, 2, exponent=0.6))

    def run(tx, key):
        solution = solve(problem, tx, key, 5000, average_from=2500)
        return [problem.validate(params, (), key) for params in (solution.params, solution.average)]

    last, average = jax.jit(jax.vmap(run, (None, 0)))(tx, jax.random.split(jax.random.key(1), 2))
    assert last.dtype == jnp.float32
    assert np.all(np.abs(last - batch) < 5e-4)
    assert np.all(np.abs(average - batch) < 1e-4)


@pytest.mark.slow
def test_rate_one_on_batches_forgets_all_other_batches_and_stays_finite():
    problem = gaussian_mixture(validation=DATA)

    def run(key):
        solution = solve(problem, sgd(1.0), key, 500)
        return solution.values, problem.validate(solution.params, (), key)

    losses, ends = jax.jit(jax.vmap(run))(jax.random.split(jax.random.key(1), 64))
    assert np.all(np.isfinite(losses))  # in float32 one of these loses a component to a single example
    assert np.min(ends) > 3.2806 + 0.02  # batch EM ends at 3.2806


@pytest.mark.parametrize(
    ("tx", "message"),
    [
        (adam(0.1), "tx must be plain sgd"),
        (sgd(0.5, momentum=0.9), "tx must be plain sgd"),
        (sgd(1.5), r"the rate must stay in \[0, 1\] on a convex domain, got 1.5 at step 0"),
        (sgd(constant(2.0)), r"the rate must stay in \[0, 1\]"),
    ],
)
def test_what_leaves_the_domain_is_refused(tx, message):
    with pytest.raises(ValueError, match=f"solve: {message}"):
        solve(gaussian_mixture(), tx, KEY, 10)


def test_the_default_start_has_the_spread_of_the_data_around_drawn_examples():
    with x64():
        params, _ = jax.jit(gaussian_mixture(data=DATA, components=4).init)(KEY)
        first = FITTED(params, floor=0.0)
        assert isinstance(params, MixtureStatistics)
        np.testing.assert_allclose(first.weights, 0.25)
        for mean, covariance in zip(first.means, first.covariances, strict=True):
            assert np.min(np.abs(DATA - mean).sum(1)) < 1e-12
            np.testing.assert_allclose(covariance, np.cov(DATA.T, bias=True), atol=1e-12)


def test_one_dimension_is_enough():
    data = DATA[:, :1]
    problem = gaussian_mixture(data=data, components=2, batch_size=None)
    assert problem.view is None
    losses = solve(problem, sgd(1.0), KEY, 50).values
    assert losses[-1] < losses[0]


def test_the_view_has_labels_and_ellipses():
    problem, solution = batch_em()
    view = problem.view(solution.params, ())
    assert view.points.shape == (2000, 2)
    assert sorted(np.bincount(view.labels) / 2000) == pytest.approx([0.2, 0.3, 0.5], abs=0.03)
    assert set(view.curves) == {"0", "1", "2"}
    inside = [np.linalg.norm(curve - curve[:-1].mean(0), axis=1) for curve in view.curves.values()]
    assert all(np.all(radius > 0.5) for radius in inside)
    assert suite()["gaussian_mixture"] is gaussian_mixture


def test_bad_arguments_are_refused():
    for arguments, message in (
        ({"components": 0}, "components must be a whole number >= 1, got 0"),
        ({"components": 2001}, "components must be a whole number from 1 to 2000, the number of examples, got 2001"),
        ({"batch_size": 0}, "batch_size must be a whole number >= 1, got 0"),
        ({"batch_size": 2001}, "batch_size must be a whole number from 1 to 2000, the number of examples, got 2001"),
    ):
        with pytest.raises(ValueError, match=f"^gaussian_mixture: {message}"):
            gaussian_mixture(**arguments)
    with pytest.raises(ValueError, match=r"gaussian_mixture: data must have the shape \(n, d\), got \(3,\)"):
        gaussian_mixture(data=np.zeros(3))
    with pytest.raises(ValueError, match="gaussian_mixture: data must be finite"):
        gaussian_mixture(data=np.where(DATA > 3, np.nan, DATA))
    with pytest.raises(ValueError, match=r"gaussian_mixture: validation must have the shape \(n, 2\), got \(5, 3\)"):
        gaussian_mixture(data=DATA, validation=np.zeros((5, 3)))
    with pytest.raises(ValueError, match=r"gaussian_mixture: means must have the shape \(3, 2\), got \(2, 2\)"):
        gaussian_mixture(means=DATA[:2])
    with pytest.raises(ValueError, match="gaussian_mixture: floor must be finite and >= 0, got -1"):
        gaussian_mixture(floor=-1)
