"""Tests of posteriors in a dict: independent parts, whose samples are dicts."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.objectives import Bernoulli, FullRank, MeanField, Product, elbo, iwae, kl

KEY = jax.random.key(0)
LINE = FullRank(jnp.array([0.5, -1.0]), jnp.array([-0.3, 0.2]), jnp.array([[0.0, 0.0], [0.7, 0.0]]))
NUMBER = MeanField(jnp.array(2.0), jnp.array(-1.0))
Q = {"w": LINE, "deep": [NUMBER]}
PRIOR = {"w": MeanField.standard(2), "deep": [MeanField(jnp.array(0.0), jnp.array(0.0))]}


def log_joint(z):
    return -jnp.sum(z["w"] ** 2) / 2 - z["deep"][0] ** 2 / 2 - 1.5 * jnp.log(2 * jnp.pi)


def test_samples_are_dicts_and_densities_and_entropies_add():
    q = Product(Q)
    z = q.sample(KEY, (3,))
    assert (z["w"].shape, z["deep"][0].shape) == ((3, 2), (3,))
    one = jax.tree.map(lambda leaf: leaf[0], z)
    np.testing.assert_allclose(q.log_prob(one), LINE.log_prob(one["w"]) + NUMBER.log_prob(one["deep"][0]), rtol=1e-6)
    np.testing.assert_allclose(q.entropy(), LINE.entropy() + NUMBER.entropy(), rtol=1e-6)
    np.testing.assert_allclose(q.std["w"], np.sqrt(np.diag(LINE.covariance())), rtol=1e-6)
    assert q.mean["deep"][0] == 2


@pytest.mark.parametrize("estimator", ["analytic_entropy", "sticking_the_landing"])
def test_the_bound_of_a_dict_is_minus_the_divergence_from_a_joint_that_is_a_prior(estimator):
    bound = jax.jit(lambda key: elbo(log_joint, Q, key, samples=20_000, estimator=estimator))(KEY)
    np.testing.assert_allclose(bound, -jnp.sum(kl(Q, PRIOR)), atol=0.05)


def test_a_dict_of_priors_has_an_exact_divergence_part_by_part():
    parts = kl(Q, PRIOR)
    np.testing.assert_allclose(parts, [kl(NUMBER, PRIOR["deep"][0]), kl(LINE, PRIOR["w"])], rtol=1e-6)
    bound = elbo(lambda z: 0.0 * z["w"].sum(), Q, KEY, prior=PRIOR, estimator="analytic_kl")
    np.testing.assert_allclose(bound, -parts.sum(), rtol=1e-6)
    free = elbo(lambda z: 0.0 * z["w"].sum(), Q, KEY, prior=PRIOR, estimator="analytic_kl", free_nats=100.0)
    np.testing.assert_allclose(free, -200)
    with pytest.raises(ValueError, match="^kl: q and p must be dicts with the same keys, got {'w': Full"):
        kl(Q, {"w": LINE})


def test_gradients_go_to_each_part():
    slope = jax.jit(jax.grad(lambda q: elbo(log_joint, q, KEY, samples=100) + 0 * iwae(log_joint, q, KEY, samples=4)))(
        Q
    )
    assert jax.tree.structure(slope) == jax.tree.structure(Q)
    assert abs(slope["deep"][0].mean + 2) < 0.2
    assert np.all(np.isfinite(slope["w"].lower))


def test_a_dict_with_other_things_or_a_part_that_does_not_move_is_refused():
    with pytest.raises(TypeError, match=r"^elbo: q\['b'\] must be a distribution like the others, got 3.0."):
        elbo(log_joint, {"a": LINE, "b": 3.0}, KEY)
    mixed = {"w": LINE, "deep": [Bernoulli(jnp.zeros(()))]}
    with pytest.raises(ValueError, match="^elbo: estimator must be one of score_function, leave_one_out for Bernoulli"):
        elbo(log_joint, mixed, KEY)
    assert np.isfinite(elbo(log_joint, mixed, KEY, samples=3, estimator="leave_one_out"))
