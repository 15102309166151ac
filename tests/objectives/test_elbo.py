"""Tests of the evidence lower bound, on linear regressions whose posterior is known and on discrete models."""

import functools
import itertools
import typing

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax.objectives import Bernoulli, Categorical, FullRank, LowRank, MeanField, elbo, kl
from lropt_jax.objectives.elbo import Estimator

ESTIMATORS = typing.get_args(Estimator)

DRAWS = 20_000
SILENT = ("sticking_the_landing", "leave_one_out")
Y = np.array([0.7, -1.3, 0.4, 2.0])
X = np.array([[1.0, 0.5], [-0.3, 0.8], [0.2, -1.0], [0.9, 0.1]])
DISCRETE = [("score_function", Bernoulli), ("leave_one_out", Bernoulli), ("leave_one_out", Categorical)]


def log_likelihood(log_noise):
    """`y ~ N(X w, exp(log_noise) I)`; the prior of `w` is standard."""
    return lambda w: jnp.sum(jax.scipy.stats.norm.logpdf(Y, X @ w, jnp.exp(log_noise / 2)))


@jax.jit
def posterior(log_noise):
    precision = jnp.eye(2) + X.T @ X / jnp.exp(log_noise)
    return FullRank.of(jnp.linalg.solve(precision, X.T @ Y) / jnp.exp(log_noise), jnp.linalg.inv(precision))


@jax.jit
def expected(q, log_noise):
    """The bound in closed form."""
    spread = jnp.trace(X @ q.covariance() @ X.T) / (2 * jnp.exp(log_noise))
    return log_likelihood(log_noise)(q.mean) - spread - jnp.sum(kl(q, MeanField.standard(2)))


def bound(q, log_noise, key, **options):
    return elbo(log_likelihood(log_noise), q, key, prior=MeanField.standard(2), **options)


@functools.partial(jax.jit, static_argnames="estimator")
def gradients(q, log_noise, estimator):
    """Of many draws, as rows."""
    slopes = jax.grad(lambda both, key: bound(*both, key, samples=3, estimator=estimator))
    drawn = jax.vmap(lambda key: slopes((q, log_noise), key))(jax.random.split(jax.random.key(0), DRAWS))
    return jnp.concatenate([leaf.reshape(DRAWS, -1) for leaf in jax.tree.leaves(drawn)], axis=1)


@jax.jit
def exact(q, log_noise):
    """The gradients of the bound in closed form."""
    return jnp.concatenate([jnp.ravel(leaf) for leaf in jax.tree.leaves(jax.grad(expected, (0, 1))(q, log_noise))])


def flat(tree):
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(tree)])


def within_errors(draws, exact):
    """Whether the mean is within 5 standard errors in every coordinate; exactly right where nothing varies."""
    draws = np.asarray(draws)
    return np.all(np.abs(draws.mean(0) - exact) <= 5 * draws.std(0) / np.sqrt(len(draws)) + 1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_gradients_are_unbiased_by_posterior_and_model(estimator):
    with x64():
        q = FullRank(jnp.array([0.1, 0.2]), jnp.array([-0.3, -0.6]), jnp.array([[0.0, 0.0], [0.4, 0.0]]))
        assert within_errors(gradients(q, jnp.array(-0.5), estimator), exact(q, jnp.array(-0.5)))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_at_the_posterior_some_gradients_are_without_noise_and_some_are_not(estimator):
    with x64():
        log_noise = jnp.array(-0.5)
        by_posterior = gradients(posterior(log_noise), log_noise, estimator)[:, :-1]
        variance = float(jnp.sum(jnp.var(by_posterior, axis=0)))
        assert variance < 1e-20 if estimator in SILENT else variance > 1e-2


@pytest.mark.parametrize("family", [MeanField, LowRank])
def test_other_families_are_unbiased_too(family):
    with x64():
        more = (jnp.array([[0.4], [-0.2]]),) if family is LowRank else ()
        q = family(jnp.array([0.1, 0.2]), jnp.array([-0.3, -0.6]), *more)
        assert within_errors(gradients(q, jnp.array(-0.5), "sticking_the_landing"), exact(q, jnp.array(-0.5)))


def test_the_bound_at_the_posterior_is_the_log_evidence():
    with x64():
        log_noise = jnp.array(-0.5)
        covariance = jnp.exp(log_noise) * jnp.eye(4) + X @ X.T
        evidence = float(jax.scipy.stats.multivariate_normal.logpdf(Y, jnp.zeros(4), covariance))
        q = posterior(log_noise)
        assert float(expected(q, log_noise)) == pytest.approx(evidence, rel=1e-12)
        for estimator in ("reparameterized", "leave_one_out"):  # every single sample has the same log-weight there
            found = jax.jit(functools.partial(bound, samples=2, estimator=estimator))
            value = found(q, log_noise, jax.random.key(3))
            assert float(value) == pytest.approx(evidence, rel=1e-12)


@pytest.mark.parametrize(("estimator", "family"), DISCRETE)
def test_discrete_families_have_unbiased_gradients(estimator, family):
    with x64():
        table = jax.random.normal(jax.random.key(1), (4,))
        values = list(itertools.product((0.0, 1.0), repeat=2)) if family is Bernoulli else range(4)
        values = jnp.array(values)
        q = family(jnp.array([0.3, -0.8] if family is Bernoulli else [0.3, -0.8, 0.1, 0.0]))

        def log_joint(table, z):
            return table[(z @ jnp.array([2.0, 1.0])).astype(int) if family is Bernoulli else z]

        def bound(q, table):
            log_q = jax.vmap(q.log_prob)(values)
            return jnp.sum(jnp.exp(log_q) * (jax.vmap(functools.partial(log_joint, table))(values) - log_q))

        def drawn(both, key):
            return elbo(functools.partial(log_joint, both[1]), both[0], key, samples=3, estimator=estimator)

        keys = jax.random.split(jax.random.key(2), DRAWS)
        draws = jax.jit(jax.vmap(jax.grad(drawn), (None, 0)))((q, table), keys)
        draws = np.concatenate([leaf.reshape(DRAWS, -1) for leaf in jax.tree.leaves(draws)], axis=1)
        assert within_errors(draws, flat(jax.jit(jax.grad(bound, (0, 1)))(q, table)))


def test_an_encoder_gives_each_example_its_posterior():
    """In `x ~ N(z, 1)`, `z ~ N(0, 1)` the best encoder is `z = x / 2` with the variance 1 / 2; there, without noise."""
    x, encoder = jnp.linspace(-2, 2, 5)[:, None], (jnp.array([0.5]), jnp.log(jnp.array([0.5])) / 2)

    @jax.jit
    def loss(encoder, keys):
        def of_one(x, key):
            q = MeanField(encoder[0] * x, encoder[1])
            joint = lambda z: jnp.sum(jax.scipy.stats.norm.logpdf(x, z) + jax.scipy.stats.norm.logpdf(z))  # noqa: E731
            return elbo(joint, q, key, estimator="sticking_the_landing")

        return jnp.mean(jax.vmap(of_one)(x, keys))

    keys = jax.random.split(jax.random.key(0), 5)
    best = jnp.mean(jax.scipy.stats.norm.logpdf(x, 0, jnp.sqrt(2.0)))
    np.testing.assert_allclose(loss(encoder, keys), best, rtol=1e-5)
    assert all(np.all(np.abs(slope) < 1e-5) for slope in jax.jit(jax.grad(loss))(encoder, keys))
