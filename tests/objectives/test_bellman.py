"""Tests of the Bellman operator."""

import jax.numpy as jnp
import numpy as np
from laws import x64

from lropt_jax.objectives import action_values, bellman

RANDOM = np.random.default_rng(0)
REWARDS = RANDOM.normal(size=(6, 3))
TRANSITIONS = RANDOM.dirichlet(np.ones(6), size=(6, 3))


def test_it_is_the_equation_written_out():
    with x64():
        values = RANDOM.normal(size=6)
        q = action_values(jnp.asarray(values), REWARDS, TRANSITIONS, 0.9)
        for s in range(6):
            for a in range(3):
                expected = sum(TRANSITIONS[s, a, t] * values[t] for t in range(6))
                np.testing.assert_allclose(q[s, a], REWARDS[s, a] + 0.9 * expected, rtol=1e-12)
        np.testing.assert_array_equal(bellman(jnp.asarray(values), REWARDS, TRANSITIONS, 0.9), q.max(1))


def test_it_is_monotone_and_shrinks_differences_by_the_discount():
    with x64():
        for _ in range(50):
            first, second = jnp.asarray(RANDOM.normal(size=(2, 6)))
            apart = bellman(first, REWARDS, TRANSITIONS, 0.9) - bellman(second, REWARDS, TRANSITIONS, 0.9)
            assert jnp.max(jnp.abs(apart)) <= 0.9 * jnp.max(jnp.abs(first - second))
            higher = bellman(jnp.maximum(first, second), REWARDS, TRANSITIONS, 0.9)
            assert jnp.all(higher >= bellman(first, REWARDS, TRANSITIONS, 0.9))
        shifted = bellman(first + 2.0, REWARDS, TRANSITIONS, 0.9) - bellman(first, REWARDS, TRANSITIONS, 0.9)
        np.testing.assert_allclose(shifted, 1.8, rtol=1e-12)
