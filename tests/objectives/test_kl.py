"""Tests of closed-form divergences."""

import jax
import jax.numpy as jnp
import numpy as np
from laws import x64

from lropt_jax.objectives import gaussian_kl


def test_it_is_zero_at_the_prior_alone():
    assert gaussian_kl(jnp.zeros(3), jnp.zeros(3)) == 0
    assert gaussian_kl(jnp.zeros(3), 0.1 * jnp.ones(3)) > 0


def test_it_is_the_expected_log_ratio():
    with x64():
        mean, log_scale = jnp.array([0.3, -1.2]), jnp.array([-0.5, 0.2])
        z = mean + jnp.exp(log_scale) * jax.random.normal(jax.random.key(0), (400_000, 2))
        log_q = jax.scipy.stats.norm.logpdf(z, mean, jnp.exp(log_scale)).sum(-1)
        ratio = log_q - jax.scipy.stats.norm.logpdf(z).sum(-1)
        error = float(jnp.std(ratio) / np.sqrt(len(ratio)))
        assert abs(float(gaussian_kl(mean, log_scale) - jnp.mean(ratio))) < 5 * error
