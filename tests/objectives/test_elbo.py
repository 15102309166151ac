"""Tests of the evidence lower bound, on linear regressions whose posterior is known and on discrete models."""

import functools
import itertools
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax.objectives import Bernoulli, Categorical, FullRank, LowRank, MeanField, elbo, kl
from lropt_jax.objectives.elbo import ESTIMATORS
from lropt_jax.schedules import linear

DRAWS = 20_000
SILENT = ("sticking_the_landing", "leave_one_out")
Y = np.array([0.7, -1.3, 0.4, 2.0])
X = np.array([[1.0, 0.5], [-0.3, 0.8], [0.2, -1.0], [0.9, 0.1]])
DISCRETE = [("score_function", Bernoulli), ("leave_one_out", Bernoulli), ("leave_one_out", Categorical)]


def log_likelihood(log_noise):
    """`y ~ N(X w, exp(log_noise) I)`; the prior of `w` is standard."""
    return lambda w: jnp.sum(jax.scipy.stats.norm.logpdf(Y, X @ w, jnp.exp(log_noise / 2)))


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
            value = bound(q, log_noise, jax.random.key(3), samples=2, estimator=estimator)
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


@pytest.mark.parametrize("estimator", ["reparameterized", "analytic_kl", "analytic_entropy", "score_function"])
def test_the_weight_of_the_divergence_is_a_number_or_a_schedule(estimator):
    q, prior, key = MeanField(jnp.ones(2), -jnp.ones(2)), MeanField.standard(2), jax.random.key(0)
    value = jax.jit(functools.partial(elbo, lambda z: jnp.zeros(()), q, key, prior=prior, estimator=estimator))
    rising = linear(0.0, 10, floor=1.0)
    found = [value(kl_weight=0.5), *(value(kl_weight=rising, step=step) for step in (0, 5, 10))]
    np.testing.assert_allclose(found, value() * np.array([0.5, 0, 0.5, 1]), rtol=1e-6)


def test_free_nats_cost_nothing_part_by_part_and_on_average_over_a_batch():
    prior, keys = MeanField.standard(2), jax.random.split(jax.random.key(0), 2)
    means = jnp.array([[1.0, 2.0], [3.0, 0.0]])  # divergences mean^2 / 2: (0.5, 2) and (4.5, 0)

    @functools.partial(jax.jit, static_argnames="axis_name")
    def bounds(means, **options):
        def of_one(mean, key):
            q = MeanField(mean, jnp.zeros(2))
            return elbo(lambda z: 0.0 * z.sum(), q, key, prior=prior, estimator="analytic_kl", **options)

        return jax.vmap(of_one, axis_name="batch")(means, keys)

    np.testing.assert_allclose(bounds(means), [-2.5, -4.5])
    np.testing.assert_allclose(bounds(means, free_nats=1.5), [-3.5, -6.0])
    np.testing.assert_allclose(bounds(means, free_nats=1.5, axis_name="batch"), [-4.0, -4.0])
    slopes = jax.jit(jax.grad(lambda means: jnp.mean(bounds(means, free_nats=1.5, axis_name="batch"))))(means)
    np.testing.assert_allclose(slopes, [[-0.5, 0], [-1.5, 0]])


def test_bad_arguments_are_refused():
    q, key = MeanField.standard(2), jax.random.key(0)
    short = "elbo: samples must be a whole number >="
    for family, options, message in (
        (q, {"estimator": "magic"}, f"elbo: estimator must be one of {', '.join(ESTIMATORS)}, got 'magic'."),
        (q, {"samples": 0}, f"{short} 1, got 0."),
        (q, {"estimator": "leave_one_out"}, f"{short} 2 for the estimator leave_one_out, got 1."),
        (q, {"kl_weight": -1.0, "prior": q}, "elbo: kl_weight must be finite and >= 0, got -1.0."),
        (q, {"kl_weight": 0.5}, "elbo: prior must be given for a kl_weight, got None."),
        (q, {"estimator": "analytic_kl"}, "elbo: prior must be given for the estimator analytic_kl, got None."),
        (q, {"free_nats": 1.0}, "elbo: estimator must be analytic_kl with free_nats, got 'reparameterized'."),
        (
            Bernoulli(jnp.zeros(2)),
            {},
            "elbo: estimator must be one of score_function, leave_one_out for Bernoulli, whose samples do not move "
            "with its parameters, got 'reparameterized'.",
        ),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            elbo(lambda z: 0.0 * z.sum(), family, key, **options)


def test_log_p_must_give_a_scalar():
    with pytest.raises(ValueError, match=r"^elbo: log_p must return a scalar, got shape \(2,\)\."):
        elbo(lambda z: z, MeanField.standard(2), jax.random.key(0))
