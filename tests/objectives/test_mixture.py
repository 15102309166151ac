"""Tests of a mixture of Gaussians: its density, labels and criteria, against scikit-learn."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax.objectives import Mixture, mixture_log_joint
from lropt_jax.objectives.mixture import kind_of_squares

datasets, sklearn = pytest.importorskip("sklearn.datasets"), pytest.importorskip("sklearn.mixture")
IRIS = datasets.load_iris().data
KINDS = {"full": "full", "tied": "tied", "diagonal": "diag", "spherical": "spherical"}


@functools.cache
def peer(covariance, data="iris"):
    data = IRIS if data == "iris" else IRIS + 1e4
    return sklearn.GaussianMixture(3, covariance_type=KINDS[covariance], random_state=0).fit(data)


def mixture(fit, covariance):
    covariances = fit.covariances_[None] if covariance == "tied" else fit.covariances_
    return Mixture(*(jnp.asarray(each, float) for each in (fit.weights_, fit.means_, covariances)))


@pytest.mark.parametrize("covariance", KINDS)
def test_labels_probabilities_and_criteria_are_scikit_learns(covariance):
    fit, ours = peer(covariance), mixture(peer(covariance), covariance)
    assert ours.covariance == covariance
    assert ours.free_parameters == fit._n_parameters()
    np.testing.assert_array_equal(ours.predict(IRIS), fit.predict(IRIS))
    np.testing.assert_allclose(ours.responsibilities(IRIS), fit.predict_proba(IRIS), atol=1e-5)
    np.testing.assert_allclose(ours.log_prob(IRIS), fit.score_samples(IRIS), atol=2e-5)
    np.testing.assert_allclose([ours.bic(IRIS), ours.aic(IRIS)], [fit.bic(IRIS), fit.aic(IRIS)], rtol=1e-5)
    with x64():
        wide = mixture(fit, covariance)
        np.testing.assert_allclose(wide.responsibilities(IRIS), fit.predict_proba(IRIS), atol=1e-11)
        np.testing.assert_allclose([wide.bic(IRIS), wide.aic(IRIS)], [fit.bic(IRIS), fit.aic(IRIS)], rtol=1e-12)


@pytest.mark.slow
def test_examples_far_from_0_keep_their_digits_in_float32():
    fit, ours = peer("full", "far"), mixture(peer("full", "far"), "full")
    far = IRIS + 1e4
    np.testing.assert_array_equal(ours.predict(far), fit.predict(far))
    np.testing.assert_allclose(ours.responsibilities(far), fit.predict_proba(far), atol=5e-3)  # means have 7 digits
    assert ours.bic(far) == pytest.approx(fit.bic(far), rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("covariance", KINDS)
def test_draws_have_the_moments_of_their_component(covariance):
    ours = mixture(peer(covariance), covariance)
    draws = np.asarray(ours.sample(jax.random.key(0), 20_000))
    assert draws.shape == (20_000, 4)
    assert ours.sample(jax.random.key(0)).shape == (4,)
    assert ours.sample(jax.random.key(0), (2, 3)).shape == (2, 3, 4)
    expected = np.average(ours.means, 0, ours.weights)
    np.testing.assert_allclose(draws.mean(0), expected, atol=0.05)
    offset, kind = ours.means - expected, ours.covariances
    inner = {3: lambda: np.diagonal(kind, axis1=1, axis2=2), 2: lambda: kind, 1: lambda: np.asarray(kind)[:, None]}
    spread = np.average(np.broadcast_to(inner[kind.ndim](), offset.shape) + offset**2, 0, ours.weights)
    np.testing.assert_allclose(draws.var(0), spread, rtol=0.05)


def test_a_mixture_works_under_jit_and_for_one_example():
    ours = mixture(peer("diagonal"), "diagonal")
    together = jax.jit(lambda ours, x: ours.log_prob(x))(ours, jnp.asarray(IRIS, float))
    np.testing.assert_allclose(together, ours.log_prob(IRIS), atol=1e-4)
    assert ours.predict(IRIS[0]).shape == ()
    np.testing.assert_allclose(ours.log_prob(IRIS.reshape(3, 50, 4))[2, 49], ours.log_prob(IRIS[-1]), rtol=1e-5)
    joint = mixture_log_joint(jnp.asarray(IRIS[0], float), ours)
    assert jax.nn.logsumexp(joint) == pytest.approx(float(ours.log_prob(IRIS[0])), abs=1e-4)


def test_one_tied_component_is_a_full_one():
    assert kind_of_squares(jnp.ones((1, 2, 2)), 1) == "full"
    assert kind_of_squares(jnp.ones((1, 2, 2)), 2) == "tied"
    assert kind_of_squares(jnp.ones((2, 2)), 2) == "diagonal"
    assert kind_of_squares(jnp.ones(2), 2) == "spherical"


@pytest.mark.parametrize("method", ["predict", "responsibilities", "log_prob", "bic", "aic"])
def test_bad_examples_are_refused(method):
    ask = getattr(mixture(peer("full"), "full"), method)
    with pytest.raises(ValueError, match=rf"^Mixture.{method}: x must have the shape \(.*, 4\), got \(5, 3\)\.$"):
        ask(np.ones((5, 3)))
    with pytest.raises(ValueError, match=rf"^Mixture.{method}: x must be finite, got "):
        ask(np.where(IRIS > 7, np.nan, IRIS))
    with pytest.raises(ValueError, match=f"^Mixture.{method}: x must "):
        ask(3.0)
    if method in ("bic", "aic"):
        with pytest.raises(ValueError, match=rf"^Mixture.{method}: x must have the shape \(n, 4\), got \(4,\)"):
            ask(IRIS[0])
