"""Tests of temporal differences."""

import jax
import jax.numpy as jnp
import numpy as np
from laws import x64

from lropt_jax.objectives import action_values, bellman, q_target, td_error

RANDOM = np.random.default_rng(0)
REWARDS = RANDOM.normal(size=(5, 2))
TRANSITIONS = RANDOM.dirichlet(np.ones(5), size=(5, 2))


def test_they_are_the_equations():
    assert td_error(2.0, 1.0, 0.5, 4.0) == 1.0
    assert td_error(2.0, 1.0, 0.0, 4.0) == -1.0
    assert q_target(1.0, 0.5, jnp.array([-3.0, 4.0, 2.0])) == 3.0


def test_on_average_over_next_states_they_are_the_bellman_equation():
    with x64():
        q = jnp.asarray(RANDOM.normal(size=(5, 2)))
        values = q.max(1)
        expected = action_values(values, REWARDS, TRANSITIONS, 0.9)
        for s in range(5):
            for a in range(2):
                targets = jax.vmap(q_target, (None, None, 0))(REWARDS[s, a], 0.9, q)
                np.testing.assert_allclose(TRANSITIONS[s, a] @ targets, expected[s, a], rtol=1e-12)
                errors = jax.vmap(td_error, (None, None, None, 0))(values[s], REWARDS[s, a], 0.9, values)
                np.testing.assert_allclose(TRANSITIONS[s, a] @ errors, expected[s, a] - values[s], rtol=1e-10)


def test_at_the_optimum_the_best_action_has_no_error_on_average():
    with x64():
        values = jnp.zeros(5)
        for _ in range(400):
            values = bellman(values, REWARDS, TRANSITIONS, 0.9)
        best = jnp.argmax(action_values(values, REWARDS, TRANSITIONS, 0.9), 1)
        for s in range(5):
            errors = td_error(values[s], REWARDS[s, best[s]], 0.9, values)
            np.testing.assert_allclose(TRANSITIONS[s, best[s]] @ errors, 0, atol=1e-12)
