"""Tests of the linear variational autoencoder against probabilistic PCA."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64
from scipy.stats import multivariate_normal

from lropt_jax.optimizers import adam
from lropt_jax.problems import linear_vae, solve, suite
from lropt_jax.problems.variational.linear_vae import digits, exact_elbo, negative_elbo, ppca
from lropt_jax.schedules import cosine

KEY, STEPS = jax.random.key(0), 4000


def at_the_maximum(data, latent):
    """Parameters of the best likelihood (Tipping and Bishop 1999) with the posterior that goes with them."""
    mean, (values, vectors) = data.mean(0), np.linalg.eigh(np.cov(data.T, bias=True))
    values, vectors = values[::-1], vectors[:, ::-1]
    noise = values[latent:].mean()
    decoder = np.sqrt(values[:latent] - noise) * vectors[:, :latent]
    inverse = np.linalg.inv(decoder.T @ decoder + noise * np.eye(latent))
    params = {"W": decoder.T, "V": decoder @ inverse, "m": mean, "log_noise": np.log(noise) / 2}
    return jax.tree.map(jnp.asarray, {**params, "log_scale": np.log(np.diag(noise * inverse)) / 2})


def test_the_best_likelihood_is_known_and_is_that_of_its_normal_distribution():
    images = digits()
    with x64():
        best = at_the_maximum(images, 8)
        covariance = best["W"].T @ best["W"] + jnp.exp(2 * best["log_noise"]) * jnp.eye(64)
        likelihood = multivariate_normal(best["m"], covariance).logpdf(images).mean()
    assert ppca(images, 8) == pytest.approx(14.20978832, abs=5e-9)
    assert ppca(images, 8) == pytest.approx(likelihood, rel=1e-10)


def test_the_bound_at_the_maximum_is_the_likelihood_and_stationary():
    with x64():
        images = jnp.asarray(digits())
        best = at_the_maximum(digits(), 8)
        assert float(jax.jit(exact_elbo)(best, images)) == pytest.approx(ppca(images, 8), rel=1e-12)
        slopes = jax.tree.leaves(jax.jit(jax.grad(exact_elbo))(best, images))
        assert all(np.all(np.abs(slope) < 1e-9) for slope in slopes)
        assert float(jax.jit(linear_vae().judge)(best, ())) == pytest.approx(0, abs=1e-12)


def test_the_closed_form_is_the_mean_of_the_estimate():
    with x64():
        params, _ = linear_vae().init(KEY)
        some = jnp.asarray(digits()[:50])
        draws = jax.jit(jax.vmap(lambda key: negative_elbo(params, some, key)))(jax.random.split(KEY, 2000))
        error = np.std(draws) / np.sqrt(2000)
        assert abs(float(np.mean(draws) + jax.jit(exact_elbo)(params, some))) < 5 * error


@pytest.mark.slow
def test_a_falling_rate_reaches_it_and_a_constant_one_stays_ten_times_further_away():
    problem = linear_vae()
    falling, constant = (
        float(problem.judge(solve(problem, adam(rate), KEY, STEPS).params, ())) for rate in (cosine(0.01, STEPS), 0.01)
    )
    assert 0 < falling < 0.02
    assert constant > 10 * falling


def test_what_is_seen_is_images():
    problem = linear_vae()
    view = problem.view(*problem.init(KEY))
    assert {name: rows.shape for name, rows in view.rows.items()} == {
        "images": (10, 8, 8),
        "reconstructions": (10, 8, 8),
        "directions": (8, 8, 8),
    }
    assert linear_vae(data=np.random.default_rng(0).normal(size=(50, 12))).view is None


def test_bad_arguments_are_refused():
    data = np.random.default_rng(0).normal(size=(50, 12))
    holed = np.where(data == data.max(), np.inf, data)
    for options, message in (
        ({"data": holed}, "data must be finite, got"),
        ({"data": data[0]}, "data must have a shape (n, D) with n > D > latent, 8, got (12,)."),
        ({"data": data, "latent": 12}, "data must have a shape (n, D) with n > D > latent, 12, got (50, 12)."),
        ({"batch_size": 0}, "batch_size must be a whole number >= 1, got 0."),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(f'linear_vae: {message}')}"):
            linear_vae(**options)


def test_it_is_in_the_suite():
    assert suite()["linear_vae"] is linear_vae
