"""Tests of the bounds of several samples, against quadrature and enumeration."""

import functools
import itertools
import re
import typing

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax.objectives import Bernoulli, MeanField, elbo, iwae, renyi
from lropt_jax.objectives.renyi import Estimator

ESTIMATORS = typing.get_args(Estimator)

DRAWS = 20_000
SILENT = ("doubly_reparameterized", "leave_one_out")
BITS = jnp.array(list(itertools.product((0, 1), repeat=2)), float)
KEYS = jax.random.split(jax.random.key(0), DRAWS)


def log_joint(x, z):
    """`x ~ N(z, 1)`, `z ~ N(0, 1)`, so that the posterior is `N(x / 2, 1 / 2)` and the evidence `N(x; 0, 2)`."""
    return jnp.sum(jax.scipy.stats.norm.logpdf(x, z) + jax.scipy.stats.norm.logpdf(z))


def by_quadrature(q, x, order):
    """The bound of two samples in one dimension, on a Gauss-Hermite grid."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    pairs, weight = np.stack(np.meshgrid(nodes, nodes), -1).reshape(-1, 2), np.outer(weights, weights).ravel()

    def one(pair):
        z = q.mean + jnp.exp(q.log_scale) * pair[:, None]
        log_w = jax.vmap(lambda z: log_joint(x, z) - q.log_prob(z))(z)
        return jnp.log(jnp.mean(jnp.exp((1 - order) * log_w))) / (1 - order)

    return jnp.sum(weight * jax.vmap(one)(pairs)) / np.sum(weight)


def by_enumeration(q, table, order):
    """The bound of two samples of two bits."""
    log_q = jax.vmap(q.log_prob)(BITS)
    log_w = table - log_q
    pairs = jnp.logaddexp((1 - order) * log_w[:, None], (1 - order) * log_w[None]) - jnp.log(2.0)
    return jnp.sum(jnp.exp(log_q[:, None] + log_q[None]) * pairs) / (1 - order)


@functools.partial(jax.jit, static_argnames=("log_joint", "estimator"))
def gradients(q, model, log_joint, order, estimator):
    """Of many draws, as rows."""

    def value(both, key):
        joint = functools.partial(log_joint, both[1])
        return renyi(joint, both[0], key, order=order, samples=2, estimator=estimator)

    drawn = jax.vmap(jax.grad(value), (None, 0))((q, model), KEYS)
    return jnp.concatenate([leaf.reshape(DRAWS, -1) for leaf in jax.tree.leaves(drawn)], axis=1)


def unbiased(draws, exact):
    draws = np.asarray(draws)
    exact = np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(exact)])
    return np.all(np.abs(draws.mean(0) - exact) < 5 * draws.std(0) / np.sqrt(DRAWS))


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("order", [0.0, 0.5])
def test_gradients_are_unbiased_by_posterior_and_model(estimator, order):
    with x64():
        q, x = MeanField(jnp.array([0.2]), jnp.array([-0.2])), jnp.array(1.3)
        exact = jax.jit(jax.grad(by_quadrature, (0, 1)))(q, x, order)
        assert unbiased(gradients(q, x, log_joint, order, estimator), exact)


@pytest.mark.parametrize("estimator", ["score_function", "leave_one_out"])
def test_gradients_of_discrete_families_are_unbiased(estimator):
    with x64():
        q, table = Bernoulli(jnp.array([0.3, -0.8])), jnp.array([0.1, -1.2, 0.6, 0.3])
        exact = jax.jit(jax.grad(by_enumeration, (0, 1)))(q, table, 0.0)
        found = gradients(q, table, lambda table, z: table[(2 * z[0] + z[1]).astype(int)], 0.0, estimator)
        assert unbiased(found, exact)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_at_the_posterior_some_gradients_are_without_noise_and_some_are_not(estimator):
    with x64():
        x = jnp.array(1.3)
        q = MeanField(x[None] / 2, jnp.log(jnp.array([0.5])) / 2)
        variance = float(np.sum(np.var(gradients(q, x, log_joint, 0.0, estimator)[:, :-1], axis=0)))
        assert variance < 1e-20 if estimator in SILENT else variance > 1e-2


def test_bounds_are_ordered_draw_by_draw_and_below_the_evidence():
    with x64():
        x, q = jnp.array(1.3), MeanField(jnp.array([0.2]), jnp.array([-0.2]))

        def three(key):
            joint = lambda z: log_joint(x, z)  # noqa: E731
            options = {"samples": 5}
            between = renyi(joint, q, key, order=0.5, **options)
            return elbo(joint, q, key, **options), between, iwae(joint, q, key, **options)

        lowest, between, highest = jax.jit(jax.vmap(three))(KEYS)
        evidence = jax.scipy.stats.norm.logpdf(x, 0, jnp.sqrt(2.0))
        assert np.all(lowest <= between)
        assert np.all(between <= highest)
        assert lowest.mean() < between.mean() < highest.mean() < evidence


def test_values_are_those_of_the_definition_whatever_the_estimator():
    q, key = MeanField(jnp.array([0.2]), jnp.array([-0.2])), jax.random.key(1)
    joint = lambda z: log_joint(1.3, z)  # noqa: E731
    weights = np.exp(jax.jit(jax.vmap(lambda z: joint(z) - q.log_prob(z)))(q.sample(key, (4,))))

    @jax.jit
    def found():
        options = [{"samples": 4, "estimator": estimator} for estimator in ESTIMATORS]
        return [(iwae(joint, q, key, **how), renyi(joint, q, key, order=0.5, **how)) for how in options]

    for ours, half in found():
        np.testing.assert_allclose(ours, np.log(weights.mean()), rtol=1e-5)
        np.testing.assert_allclose(half, 2 * np.log(np.sqrt(weights).mean()), rtol=1e-5)


def test_bad_arguments_are_refused():
    q, key = MeanField.standard(1), jax.random.key(0)
    for call, message in (
        (
            lambda: iwae(q.log_prob, q, key, samples=2, estimator="magic"),
            f"iwae: estimator must be one of {', '.join(ESTIMATORS)}, got 'magic'.",
        ),
        (lambda: renyi(q.log_prob, q, key, order=1.0, samples=2), "renyi: order must be in [0, 1), got 1.0."),
        (lambda: iwae(q.log_prob, q, key, samples=0), "iwae: samples must be a whole number >= 1, got 0."),
        (lambda: iwae(lambda z: z, q, key, samples=2), "iwae: log_joint must return a scalar, got shape (1,)."),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
            call()
