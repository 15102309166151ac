"""Tests of the mixture of Gaussians in float32, on data of any mean and unit."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.objectives import mixture_from_statistics, mixture_log_joint, mixture_statistics
from lropt_jax.optimizers import sgd
from lropt_jax.problems import gaussian_mixture, solve
from lropt_jax.problems.mixtures.frame import Frame, Standard
from lropt_jax.wrappers import averaged, polyak_ruppert

datasets = pytest.importorskip("sklearn.datasets")
KEY, RANDOM = jax.random.key(0), np.random.default_rng(0)
IRIS, WINE, CANCER = datasets.load_iris().data, datasets.load_wine().data, datasets.load_breast_cancer().data
FAR = 300 + 0.01 * RANDOM.normal(size=(500, 2))
TWO_FAR = np.concatenate([299.99 + 1e-3 * RANDOM.normal(size=(100, 2)), 300.01 + 1e-3 * RANDOM.normal(size=(100, 2))])


@pytest.mark.slow
@pytest.mark.parametrize("data", [WINE, CANCER, FAR, IRIS], ids=["wine", "breast cancer", "300 +- 0.01", "iris"])
def test_one_component_after_one_step_is_the_covariance_of_the_data(data):
    problem = gaussian_mixture(data=data, components=1, batch_size=None)
    fitted = mixture_from_statistics(solve(problem, sgd(1.0), KEY, 1).params)
    truth, deviation = np.cov(data.T, bias=True), data.std(0)
    assert fitted.covariances.dtype == jnp.float32
    np.testing.assert_allclose(fitted.means[0], data.mean(0), rtol=1e-6)
    np.testing.assert_allclose(np.diagonal(fitted.covariances[0]), np.diagonal(truth), rtol=1e-4)
    np.testing.assert_allclose(fitted.covariances[0] / np.outer(deviation, deviation), np.corrcoef(data.T), atol=1e-4)


def test_two_clusters_far_from_0_are_found():
    problem = gaussian_mixture(data=TWO_FAR, components=2, batch_size=None)
    solution = solve(problem, sgd(1.0), KEY, 50)
    assert np.all(np.isfinite(solution.values))
    fitted = mixture_from_statistics(solution.params)
    order = np.argsort(fitted.means[:, 0])
    np.testing.assert_allclose(fitted.weights, 0.5, atol=1e-4)
    for k, part in zip(order, (TWO_FAR[:100], TWO_FAR[100:]), strict=True):
        np.testing.assert_allclose(fitted.means[k], part.mean(0), rtol=1e-7)
        np.testing.assert_allclose(np.diagonal(fitted.covariances[k]), part.var(0), rtol=2e-3)
    points, labels = problem.view(solution.params, ())[:2]
    np.testing.assert_allclose(points, TWO_FAR, rtol=1e-7)
    assert set(np.bincount(labels)) == {100}


@pytest.mark.slow
def test_the_loss_is_the_likelihood_in_the_units_of_the_data():
    problem = gaussian_mixture(data=WINE, batch_size=None, validation=WINE, starts=1)
    params, state = problem.init(KEY)
    joint = jax.vmap(mixture_log_joint, (0, None))(jnp.asarray(WINE, float), mixture_from_statistics(params))
    loss = -float(np.mean(jax.nn.logsumexp(joint, 1)))
    assert problem.field(params, state, KEY)[2] == pytest.approx(loss, abs=1e-3)
    assert problem.validate(params, state, KEY) == pytest.approx(loss, abs=1e-3)


@pytest.mark.parametrize("floor", [None, 0.0])
def test_a_coordinate_that_never_changes_stays_finite(floor):
    data = np.column_stack([IRIS, np.full(150, 0.1)])
    losses = solve(gaussian_mixture(data=data, batch_size=None, floor=floor), sgd(1.0), KEY, 20).values
    assert np.all(np.isfinite(losses))


def test_the_floor_is_in_the_units_of_the_data():
    problem = gaussian_mixture(data=WINE, components=1, batch_size=None, floor=3.0)
    params, state = problem.init(KEY)
    wide = WINE.var(0) + 3
    fitted = mixture_from_statistics(params, floor=3.0)
    np.testing.assert_allclose(np.diagonal(fitted.covariances[0]), wide, rtol=1e-4)
    joint = jax.vmap(mixture_log_joint, (0, None))(jnp.asarray(WINE, float), fitted)
    loss = -float(np.mean(jax.nn.logsumexp(joint, 1)))
    assert problem.field(params, state, KEY)[2] == pytest.approx(loss, abs=1e-3)


def test_the_frame_of_the_data_never_moves():
    problem = gaussian_mixture(data=WINE, batch_size=20)
    params, state = problem.init(KEY)
    np.testing.assert_allclose(params.origin, WINE.mean(0), rtol=1e-6)
    np.testing.assert_allclose(params.scale, WINE.std(0), rtol=1e-6)
    direction = problem.field(params, state, KEY)[0]
    assert np.all(np.asarray(direction.origin) == 0)
    assert np.all(np.asarray(direction.scale) == 0)


def test_averages_of_many_steps_keep_the_frame():
    problem = gaussian_mixture(data=FAR, components=1, batch_size=None)
    solution = solve(problem, polyak_ruppert(sgd(0.5)), KEY, 1000, average_from=20)
    averages = solution.average, averaged(solution.optimizer_state)
    for fitted in map(mixture_from_statistics, averages):
        np.testing.assert_allclose(fitted.means[0], FAR.mean(0), rtol=2e-7)
        np.testing.assert_allclose(np.diagonal(fitted.covariances[0]), FAR.var(0), rtol=2e-3)


def test_statistics_by_hand_of_coordinates_with_different_units():
    data = jnp.asarray(CANCER - CANCER.mean(0), float)
    one = mixture_from_statistics(gaussian_mixture(data=data, components=1).init(KEY)[0])
    fitted = mixture_from_statistics(mixture_statistics(data, one)[0], floor=0.0)
    np.testing.assert_allclose(np.diagonal(fitted.covariances[0]), CANCER.var(0), rtol=1e-4)


@pytest.mark.parametrize("covariance", ["full", "spherical"])
def test_the_frame_on_the_device_is_that_of_the_host(covariance):
    standard = Standard.of(WINE + 1e4, covariance)
    frame = Frame.of(standard, None)
    np.testing.assert_array_equal(np.asarray(frame.origin, float), standard.mean)
    np.testing.assert_array_equal(np.asarray(frame.scale, float), standard.spread)
    z = standard(WINE + 1e4)
    np.testing.assert_allclose(z.mean(0), 0, atol=5e-3)  # the origin is rounded to float32
    np.testing.assert_allclose(np.mean(z.var(0)), 1, rtol=1e-4)
    assert len(np.unique(standard.spread)) == (1 if covariance == "spherical" else WINE.shape[1])
