"""Tests of the schedule that is found by steps on ones."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lropt_jax import lift
from lropt_jax.diagnostics._pace import paces
from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem
from lropt_jax.schedules import linear

problem = Problem(lambda key: (jnp.ones((3, 2)), ()), lambda w, state, key: (w, state, jnp.sum(w**2) / 2))


@pytest.mark.parametrize("rule", [sgd, adam])
def test_rates_of_this_library_are_read_from_the_state(rule):
    found, known = paces(problem, rule(linear(0.5, 20)), 20)
    assert known
    np.testing.assert_allclose(found, 0.5 * (1 - np.arange(20) / 20), rtol=1e-6)


def test_the_schedule_of_another_library_is_seen_in_its_steps():
    plain = lift(optax.adam)(optax.linear_schedule(0.5, 0.0, 20))
    found, known = paces(problem, plain, 20)
    assert not known
    np.testing.assert_allclose(found, 0.5 * (1 - np.arange(20) / 20), rtol=1e-4)


def test_what_does_not_run_on_single_entries_counts_as_constant():
    def update(grads, state, params=None):
        if grads.shape != (3, 2):
            raise ValueError("shape")
        return grads, state

    whole = optax.GradientTransformation(lambda params: (), update)
    assert paces(problem, lift(lambda learning_rate: whole)(0.1), 4) == (pytest.approx(np.ones(4)), False)
