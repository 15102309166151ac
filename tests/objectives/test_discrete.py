"""Tests of the discrete families, by enumeration."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax.objectives import Bernoulli, Categorical

BITS = [jnp.array(bits, float) for bits in itertools.product((0, 1), repeat=3)]
CHOICES = [jnp.array(pair) for pair in itertools.product(range(4), repeat=2)]


def members():
    logits = jax.random.normal(jax.random.key(0), (2, 4))
    return [(Bernoulli(logits[0, :3]), BITS), (Categorical(logits), CHOICES)]


@pytest.mark.parametrize("place", [0, 1], ids=["Bernoulli", "categorical"])
def test_probabilities_sum_to_one_and_give_the_entropy(place):
    with x64():
        q, values = members()[place]
        log_probs = np.array([q.log_prob(value) for value in values])
        assert np.sum(np.exp(log_probs)) == pytest.approx(1, rel=1e-12)
        assert -np.sum(np.exp(log_probs) * log_probs) == pytest.approx(float(q.entropy()), rel=1e-12)


@pytest.mark.parametrize("place", [0, 1], ids=["Bernoulli", "categorical"])
def test_samples_come_as_often_as_their_probability_says(place):
    q, values = members()[place]
    samples = np.asarray(q.sample(jax.random.key(1), (50_000,)))
    for value in values:
        share = np.mean(np.all(samples == np.asarray(value), axis=-1))
        probability = float(jnp.exp(q.log_prob(value)))
        assert abs(share - probability) < 5 * np.sqrt(probability / 50_000)
    assert not q.has_rsample


def test_one_choice_has_a_sample_without_axes():
    q = Categorical(jnp.log(jnp.array([0.2, 0.3, 0.5])))
    assert q.sample(jax.random.key(0)).shape == ()
    assert float(q.log_prob(jnp.array(2))) == pytest.approx(np.log(0.5), rel=1e-6)
