"""Tests of the Gaussian families, against SciPy's multivariate normal."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64
from scipy.stats import multivariate_normal

from lropt_jax.objectives import FullRank, LowRank, MeanField

KEY = jax.random.key(0)


def members():
    draw = iter(jax.random.split(KEY, 9))
    mean, log_scale = jax.random.normal(next(draw), (3,)), 0.3 * jax.random.normal(next(draw), (3,))
    lower, loadings = jax.random.normal(next(draw), (3, 3)), jax.random.normal(next(draw), (3, 2))
    return MeanField(mean, log_scale), FullRank(mean, log_scale, lower), LowRank(mean, log_scale, loadings)


@pytest.mark.parametrize("place", [0, 1, 2], ids=["mean-field", "full-rank", "low-rank"])
class TestEveryFamily:
    def test_density_and_entropy_are_those_of_its_covariance(self, place):
        with x64():
            q = members()[place]
            peer = multivariate_normal(np.asarray(q.mean), np.asarray(q.covariance()))
            for z in jax.random.normal(jax.random.key(1), (5, 3)):
                assert float(q.log_prob(z)) == pytest.approx(peer.logpdf(np.asarray(z)), rel=1e-12)
            assert float(q.entropy()) == pytest.approx(peer.entropy(), rel=1e-12)

    def test_samples_have_its_mean_and_covariance(self, place):
        q = members()[place]
        samples = np.asarray(q.sample(jax.random.key(2), (100_000,)))
        assert samples.shape == (100_000, 3)
        assert q.sample(KEY).shape == (3,)
        spread = np.sqrt(np.diag(q.covariance()))
        np.testing.assert_allclose(samples.mean(0), q.mean, atol=5 * spread.max() / np.sqrt(100_000))
        error = 5 * np.sqrt(2) * np.outer(spread, spread) / np.sqrt(100_000)
        assert np.all(np.abs(np.cov(samples.T) - q.covariance()) < error)

    def test_samples_move_with_the_parameters(self, place):
        q = members()[place]
        slopes = jax.grad(lambda q: jnp.sum(q.sample(KEY, (4,)) ** 2))(q)
        assert q.has_rsample
        assert all(np.any(leaf != 0) for leaf in jax.tree.leaves(slopes))

    def test_it_is_a_pytree_of_its_parameters(self, place):
        q = members()[place]
        assert type(jax.jit(lambda q: jax.tree.map(jnp.negative, q))(q)) is type(q)
        jax.tree.unflatten(jax.tree.structure(q), [None] * len(jax.tree.leaves(q)))


def test_a_full_rank_one_is_made_from_any_covariance():
    with x64():
        root = jax.random.normal(KEY, (4, 4))
        covariance = root @ root.T
        np.testing.assert_allclose(FullRank.of(jnp.zeros(4), covariance).covariance(), covariance, rtol=1e-10)


def test_rescaling_a_coordinate_moves_one_number_of_a_full_rank_one():
    with x64():
        q, units = members()[1], jnp.array([1.0, 10.0, 0.1])
        other = FullRank.of(units * q.mean, q.covariance() * jnp.outer(units, units))
        np.testing.assert_allclose(other.log_scale, q.log_scale + jnp.log(units), rtol=1e-10)
        np.testing.assert_allclose(other.lower, jnp.tril(q.lower, -1), rtol=1e-10)


def test_shapes_that_do_not_fit_are_refused():
    zeros = jnp.zeros(2)
    for q, message in (
        (MeanField(zeros, jnp.zeros(3)), "MeanField: log_scale must have the shape (2,), got (3,)."),
        (FullRank(zeros, zeros, jnp.zeros(2)), "FullRank: lower must have the shape (2, 2), got (2,)."),
        (LowRank(zeros, zeros, jnp.zeros((3, 1))), "LowRank: loadings must have the shape (2, 1), got (3, 1)."),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            q.sample(KEY)
