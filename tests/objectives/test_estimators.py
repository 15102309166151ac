"""Tests of estimators on distributions that are not ours."""

import typing

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.objectives import MeanField, elbo, iwae, renyi
from lropt_jax.objectives.elbo import Estimator

ESTIMATORS = typing.get_args(Estimator)

KEY = jax.random.key(0)
LOC, SCALE = jnp.array([0.3, -0.7]), jnp.array([0.5, 1.5])


def log_joint(z):
    return -jnp.sum((z - 1) ** 2)


class Plain:
    """No pytree, and nothing but what is asked for."""

    def sample(self, key, sample_shape=()):
        return jax.random.normal(key, (*sample_shape, 2))

    def log_prob(self, z):
        return jax.scipy.stats.norm.logpdf(z)


def test_anything_with_sample_and_log_prob_is_a_posterior():
    np.testing.assert_allclose(
        elbo(log_joint, Plain(), KEY, samples=4), elbo(log_joint, MeanField.standard(2), KEY, samples=4), rtol=1e-5
    )


def test_what_must_be_held_constant_must_be_a_pytree():
    for estimator in ("sticking_the_landing", "score_function"):
        message = f"^elbo: q must be a pytree for the estimator {estimator}, got Plain.$"
        with pytest.raises(TypeError, match=message):
            elbo(log_joint, Plain(), KEY, estimator=estimator)


@pytest.mark.parametrize("estimator", [name for name in ESTIMATORS if name != "analytic_kl"])
def test_distributions_of_numpyro_give_our_values_and_gradients(estimator):
    numpyro = pytest.importorskip("numpyro.distributions")

    def value(make):
        def of(loc, scale):
            return elbo(log_joint, make(loc, scale), KEY, samples=4, estimator=estimator)

        return jax.value_and_grad(of, (0, 1))(LOC, SCALE)

    ours, slopes = value(lambda loc, scale: MeanField(loc, jnp.log(scale)))
    for make in (numpyro.Normal, lambda loc, scale: numpyro.Normal(loc, scale).to_event(1)):
        theirs, other = value(make)
        np.testing.assert_allclose(theirs, ours, rtol=1e-5)
        for one, two in zip(slopes, other, strict=True):
            np.testing.assert_allclose(two, one, rtol=1e-4, atol=1e-5)


def test_discrete_distributions_of_numpyro_are_known_to_be_so():
    numpyro = pytest.importorskip("numpyro.distributions")
    q = numpyro.BernoulliLogits(jnp.zeros(2)).to_event(1)
    with pytest.raises(ValueError, match=r"^iwae: estimator must be one of score_function, leave_one_out for"):
        iwae(log_joint, q, KEY, samples=2)
    assert np.isfinite(iwae(log_joint, q, KEY, samples=2, estimator="leave_one_out"))


@pytest.mark.parametrize(
    "bad", [{"mean": 0.0}, (0.0, 1.0), None, jnp.zeros(2), MeanField], ids=["dict", "tuple", "None", "array", "class"]
)
def test_what_is_no_distribution_is_refused_by_every_bound(bad):
    key, prior = jax.random.key(0), MeanField.standard(2)
    for owner, use in (
        ("elbo: q", lambda: elbo(jnp.sum, bad, key)),
        ("iwae: q", lambda: iwae(jnp.sum, bad, key, samples=2)),
        ("renyi: q", lambda: renyi(jnp.sum, bad, key, order=0.5, samples=2)),
        ("elbo: prior", lambda: bad is None or elbo(jnp.sum, prior, key, prior=bad)),
    ):
        if bad is None and owner == "elbo: prior":
            continue
        with pytest.raises(TypeError, match=f"^{owner} must be a distribution, with sample and log_prob, such as Mean"):
            use()


def test_a_model_that_is_no_function_or_returns_nothing_is_refused():
    q, key = MeanField.standard(2), jax.random.key(0)
    with pytest.raises(TypeError, match="^elbo: log_p must be a function, got MeanField"):
        elbo(q, jnp.sum, key)
    with pytest.raises(TypeError, match="^elbo: log_p must return a scalar, got None"):
        elbo(lambda z: None, q, key)
