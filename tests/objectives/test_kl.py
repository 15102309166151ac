"""Tests of closed-form divergences."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax.objectives import Bernoulli, Categorical, FullRank, LowRank, MeanField, kl


def gaussians(key):
    mean, log_scale, lower, loadings = (
        0.5 * jax.random.normal(k, shape)
        for k, shape in zip(jax.random.split(key, 4), ((3,), (3,), (3, 3), (3, 2)), strict=True)
    )
    return MeanField(mean, log_scale), FullRank(mean, log_scale, lower), LowRank(mean, log_scale, loadings)


def in_numpy(q, p):
    """The textbook formula over covariances."""
    a, b = np.asarray(q.covariance()), np.asarray(p.covariance())
    offset = np.asarray(p.mean - q.mean)
    logs = np.linalg.slogdet(b)[1] - np.linalg.slogdet(a)[1]
    return (np.trace(np.linalg.solve(b, a)) + offset @ np.linalg.solve(b, offset) - len(a) + logs) / 2


@pytest.mark.parametrize(("one", "other"), list(itertools.product(range(3), range(3))))
def test_any_gaussian_diverges_from_any_other_as_the_covariances_say(one, other):
    with x64():
        q, p = gaussians(jax.random.key(0))[one], gaussians(jax.random.key(1))[other]
        assert float(jnp.sum(kl(q, p))) == pytest.approx(in_numpy(q, p), rel=1e-10)
        assert float(jnp.sum(kl(q, q))) == pytest.approx(0, abs=1e-12)


def test_independent_parts_have_a_divergence_each():
    q, p = gaussians(jax.random.key(0))[0], MeanField.standard(3)
    assert kl(q, p).shape == (3,)
    assert kl(Bernoulli(jnp.ones(3)), Bernoulli(jnp.zeros(3))).shape == (3,)
    assert kl(Categorical(jnp.ones((2, 3))), Categorical(jnp.zeros((2, 3)))).shape == (2,)
    assert np.all(kl(p, p) == 0)


def test_discrete_ones_are_the_expected_log_ratio():
    with x64():
        logits = jax.random.normal(jax.random.key(2), (2, 4))
        choices = [jnp.array(value) for value in range(4)]
        bits = [jnp.array(value, float) for value in itertools.product((0, 1), repeat=4)]
        for family, values in ((Categorical, choices), (Bernoulli, bits)):
            q, p = family(logits[0]), family(logits[1])
            expected = sum(jnp.exp(q.log_prob(z)) * (q.log_prob(z) - p.log_prob(z)) for z in values)
            assert float(jnp.sum(kl(q, p))) == pytest.approx(float(expected), rel=1e-12)


def test_what_has_no_closed_form_is_refused():
    message = "kl: q and p must be two Gaussians, Bernoulli or Categorical of this library, got MeanField and Bernoulli"
    with pytest.raises(TypeError, match=message):
        kl(MeanField.standard(2), Bernoulli(jnp.zeros(2)))
