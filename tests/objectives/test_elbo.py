"""Tests of the evidence lower bound."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax.objectives import elbo, gaussian_kl
from lropt_jax.schedules import linear

NOISE = 0.5  # variance of x given z, in x ~ N(z, NOISE), z ~ N(0, 1)


def log_likelihood(x):
    return lambda z: jnp.sum(jax.scipy.stats.norm.logpdf(x, z, jnp.sqrt(NOISE)))


def posterior(x):
    variance = NOISE / (1 + NOISE)
    return x / (1 + NOISE), jnp.full_like(x, jnp.log(variance) / 2)


def expected(x, mean, log_scale):
    """The bound in closed form."""
    spread = (x - mean) ** 2 + jnp.exp(2 * log_scale)
    return jnp.sum(-jnp.log(2 * jnp.pi * NOISE) / 2 - spread / (2 * NOISE)) - gaussian_kl(mean, log_scale)


def test_the_bound_at_the_posterior_is_the_log_evidence():
    with x64():
        x = jnp.array([0.7, -1.3])
        evidence = jnp.sum(jax.scipy.stats.norm.logpdf(x, 0, jnp.sqrt(1 + NOISE)))
        np.testing.assert_allclose(expected(x, *posterior(x)), evidence, rtol=1e-12)
        keys = jax.random.split(jax.random.key(0), 20_000)
        draws = jax.vmap(lambda key: elbo(log_likelihood(x), *posterior(x), key))(keys)
        assert abs(float(jnp.mean(draws) - evidence)) < 5 * float(jnp.std(draws)) / np.sqrt(20_000)


def test_the_estimator_and_its_gradient_are_unbiased_away_from_the_posterior():
    with x64():
        x, at = jnp.array([0.7, -1.3]), (jnp.array([0.1, 0.2]), jnp.array([-0.3, 0.4]))
        keys = jax.random.split(jax.random.key(1), 20_000)
        gradient = jax.vmap(lambda key: jax.grad(lambda q: elbo(log_likelihood(x), *q, key, samples=2))(at))(keys)
        exact = jax.grad(lambda q: expected(x, *q))(at)
        for draws, true in zip(gradient, exact, strict=True):
            error = np.std(draws, axis=0) / np.sqrt(len(draws))
            assert np.all(np.abs(np.mean(draws, axis=0) - true) < 5 * error)


def test_the_weight_of_the_divergence_is_a_number_or_a_schedule():
    mean, log_scale, key = jnp.ones(2), jnp.zeros(2), jax.random.key(0)
    full = elbo(lambda z: jnp.zeros(()), mean, log_scale, key)
    half = elbo(lambda z: jnp.zeros(()), mean, log_scale, key, kl_weight=0.5)
    rising = linear(0.0, 10, floor=1.0)
    by_step = [elbo(lambda z: jnp.zeros(()), mean, log_scale, key, kl_weight=rising, step=step) for step in (0, 5, 10)]
    np.testing.assert_allclose([half, *by_step], [full / 2, 0, full / 2, full], rtol=1e-6)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"elbo: log_scale must have the shape of mean, \(2,\), got \(3,\)"):
        elbo(lambda z: 0.0, jnp.zeros(2), jnp.zeros(3), jax.random.key(0))
    with pytest.raises(ValueError, match="elbo: samples must be >= 1, got 0"):
        elbo(lambda z: 0.0, jnp.zeros(2), jnp.zeros(2), jax.random.key(0), samples=0)
