"""Tests of a family over a vector as a distribution over a tree."""

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax.objectives import FullRank, elbo
from lropt_jax.problems import Posterior
from lropt_jax.problems.variational.posterior import Shapes

TREE = {"w": jnp.zeros((2, 2)), "b": (0.0,)}
FAMILY = FullRank(jnp.arange(5.0), jnp.linspace(-1, 0, 5), 0.3 * jnp.ones((5, 5)))
Q = Posterior(FAMILY, Shapes.of(TREE))


def test_samples_means_and_widths_are_trees_and_densities_are_those_of_the_vector():
    z = Q.sample(jax.random.key(0), (3, 4))
    assert (z["w"].shape, z["b"][0].shape) == ((3, 4, 2, 2), (3, 4))
    vector = FAMILY.sample(jax.random.key(0), (3, 4))
    np.testing.assert_array_equal(z["b"][0], vector[..., 0])  # keys of a dict are sorted
    np.testing.assert_array_equal(Q.mean["w"], [[1, 2], [3, 4]])
    np.testing.assert_allclose(Q.std["w"].ravel(), np.sqrt(np.diag(FAMILY.covariance()))[1:], rtol=1e-6)
    one = jax.tree.map(lambda leaf: leaf[0, 0], z)
    np.testing.assert_allclose(Q.log_prob(one), FAMILY.log_prob(vector[0, 0]), rtol=1e-6)
    assert Q.entropy() == FAMILY.entropy()


def test_it_is_a_posterior_for_a_bound_and_says_what_it_is_over():
    joint = lambda z: -jnp.sum(z["w"] ** 2) - z["b"][0] ** 2  # noqa: E731
    slope = jax.jit(jax.grad(lambda q: elbo(joint, q, jax.random.key(1))))(Q)
    assert np.all(np.isfinite(slope.family.mean))
    assert repr(Q) == "Posterior({'b': (0.0,), 'w': float32[2,2]}, FullRank)"
    assert "Posterior" in repr(jax.tree.structure(Q))
