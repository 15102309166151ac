"""Tests of the two steps of EM, against SciPy and by definition."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64
from scipy.stats import multivariate_normal

from lropt_jax.objectives import (
    Mixture,
    mixture_from_statistics,
    mixture_log_joint,
    mixture_statistics,
    responsible_statistics,
)

RANDOM = np.random.default_rng(0)
DATA = RANDOM.normal(size=(50, 3))
ROOTS = RANDOM.normal(size=(2, 3, 3))


def mixture():
    covariances = ROOTS @ ROOTS.transpose(0, 2, 1) + 0.1 * np.eye(3)
    return Mixture(jnp.array([0.3, 0.7]), jnp.asarray(RANDOM.normal(size=(2, 3))), jnp.asarray(covariances))


def test_the_joint_density_is_scipys():
    with x64():
        model = mixture()
        ours = jax.vmap(mixture_log_joint, (0, None))(jnp.asarray(DATA), model)
        theirs = [np.log(w) + multivariate_normal(m, c).logpdf(DATA) for w, m, c in zip(*model, strict=True)]
        np.testing.assert_allclose(ours, np.transpose(theirs), rtol=1e-11)


def test_the_statistics_are_means_under_the_posterior():
    with x64():
        model = mixture()
        seen, log_likelihood = mixture_statistics(jnp.asarray(DATA), model)
        joint = np.exp(jax.vmap(mixture_log_joint, (0, None))(jnp.asarray(DATA), model))
        posterior = joint / joint.sum(1, keepdims=True)
        np.testing.assert_allclose(log_likelihood, np.log(joint.sum(1)).mean(), rtol=1e-12)
        np.testing.assert_allclose(seen.shares, posterior.mean(0), rtol=1e-12)
        np.testing.assert_allclose(seen.sums, np.einsum("nk,ni->ki", posterior, DATA) / 50, rtol=1e-11)
        np.testing.assert_allclose(seen.squares, np.einsum("nk,ni,nj->kij", posterior, DATA, DATA) / 50, rtol=1e-11)


def test_the_mixture_of_the_statistics_is_the_weighted_fit():
    with x64():
        model = mixture()
        fitted = mixture_from_statistics(mixture_statistics(jnp.asarray(DATA), model)[0], floor=0.5)
        posterior = np.asarray(jax.nn.softmax(jax.vmap(mixture_log_joint, (0, None))(jnp.asarray(DATA), model), 1))
        np.testing.assert_allclose(fitted.weights, posterior.mean(0), rtol=1e-12)
        for k in range(2):
            np.testing.assert_allclose(fitted.means[k], np.average(DATA, 0, posterior[:, k]), rtol=1e-10)
            spread = np.cov(DATA.T, aweights=posterior[:, k], ddof=0) + 0.5 * np.eye(3)
            np.testing.assert_allclose(fitted.covariances[k], spread, rtol=1e-10)


def test_a_component_without_examples_stays_finite_and_empty():
    far = Mixture(jnp.ones(2) / 2, jnp.array([[0.0], [1e3]]), jnp.ones((2, 1, 1)))
    data = jnp.array([[0.0], [1.0], [2.0]])
    fitted = mixture_from_statistics(mixture_statistics(data, far)[0])
    np.testing.assert_allclose(fitted.weights, [1, 0], atol=1e-13)
    assert all(np.all(np.isfinite(leaf)) for leaf in fitted)
    again, log_likelihood = mixture_statistics(data, fitted)
    np.testing.assert_allclose(again.shares, [1, 0], atol=1e-13)
    assert np.isfinite(log_likelihood)


@pytest.mark.parametrize("covariance", ["full", "tied", "diagonal", "spherical"])
def test_known_labels_give_the_covariances_of_their_examples(covariance):
    labels = np.arange(50) % 2
    with x64():
        seen = responsible_statistics(jnp.asarray(DATA), jnp.eye(2)[labels], covariance=covariance)
        fitted = mixture_from_statistics(seen, floor=0.0)
        own = np.array([np.cov(DATA[labels == k].T, bias=True) for k in range(2)])
        expected = {"full": own, "tied": own.mean(0)[None], "diagonal": np.diagonal(own, axis1=1, axis2=2)}
        expected["spherical"] = expected["diagonal"].mean(1)
        assert fitted.covariance == covariance
        np.testing.assert_allclose(fitted.covariances, expected[covariance], rtol=1e-10, atol=1e-12)


def test_responsibilities_of_another_length_are_refused():
    with pytest.raises(ValueError, match=r"^responsible_statistics: responsibilities must have the shape \(n, k\)"):
        responsible_statistics(jnp.asarray(DATA), jnp.ones((3, 2)))


def test_the_floor_of_statistics_is_theirs_unless_another_is_given():
    seen = responsible_statistics(jnp.asarray(DATA), jnp.ones((50, 1)), covariance="diagonal")
    seen = seen._replace(floor=jnp.full(3, 2.0))
    np.testing.assert_allclose(mixture_from_statistics(seen).covariances[0], DATA.var(0) + 2, rtol=1e-4)
    np.testing.assert_allclose(mixture_from_statistics(seen, floor=1.0).covariances[0], DATA.var(0) + 1, rtol=1e-4)
