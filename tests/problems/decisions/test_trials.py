"""Tests of the episodes by which rates are chosen for a simulator."""

import jax
import jax.numpy as jnp
import pytest

from lropt_jax.problems import Simulator
from lropt_jax.problems.decisions.simulator import played
from lropt_jax.problems.decisions.tabular import cumulative
from lropt_jax.problems.decisions.trials import lost, value_error

KEY = jax.random.key(0)


def step(state, action, key):
    """Place 1 ends with what the action earns after a step at place 0."""
    return state + 1, jnp.where(state == 1, 1.0 + action, 0.0), state == 1


TWO = played(Simulator(step, start=0, states=3, actions=2, discount=0.5))


def test_returns_are_those_of_the_best_actions():
    first, second = jnp.array([[1.0, 0], [1.0, 0], [0, 0]]), jnp.array([[1.0, 0], [0, 1.0], [0, 0]])
    minus = jax.jit(lambda found, q: found(q, (), KEY))
    assert minus(lost(TWO), first) == pytest.approx(-0.5)
    assert minus(lost(TWO), second) == pytest.approx(-1.0)
    assert minus(lost(TWO._replace(discount=jnp.zeros(()))), second) == 0


def test_the_true_values_have_the_least_error_and_only_the_noise_is_left():
    acts = cumulative(jnp.full((3, 2), 0.5))
    true = jnp.array([0.75, 1.5, 0.0])
    error = jax.jit(value_error(TWO, acts))
    assert error(true, (), KEY) == pytest.approx((0.25**2 + 0.5**2) / 2)
    assert error(true + jnp.array([0.1, 0, 9.0]), (), KEY) > error(true, (), KEY)
