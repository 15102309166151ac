"""Tests of the low-rank family; what all Gaussians keep is in `test_gaussians`."""

import jax
import jax.numpy as jnp
import numpy as np
from laws import x64

from lropt_jax.objectives import LowRank, MeanField

KEY = jax.random.key(0)


def test_a_low_rank_one_makes_nothing_of_the_size_of_its_covariance():
    big = LowRank(jnp.zeros(1000), jnp.zeros(1000), jnp.ones((1000, 2)))

    def used(key, q):
        return q.log_prob(q.sample(key)) + q.entropy()

    assert "1000,1000" not in str(jax.make_jaxpr(used)(KEY, big))


def test_without_loadings_it_is_the_mean_field_one():
    with x64():
        mean, log_scale, z = jax.random.normal(KEY, (3, 4))
        low, independent = LowRank(mean, log_scale, jnp.zeros((4, 2))), MeanField(mean, log_scale)
        np.testing.assert_allclose(low.log_prob(z), independent.log_prob(z), rtol=1e-12)
        np.testing.assert_allclose(low.entropy(), independent.entropy(), rtol=1e-12)
