"""Tests of policy gradients: the theorem, autodiff through the linear solve and differences agree."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax.objectives import (
    action_values,
    discounted_returns,
    policy_gradient_loss,
    policy_values,
    softmax_policy_gradient,
)

RNG = np.random.default_rng(0)
LOGITS, REWARDS = RNG.normal(size=(2, 6, 3))
TRANSITIONS, START = RNG.dirichlet(np.ones(6) / 2, size=(6, 3)), RNG.dirichlet(np.ones(6))


def value(logits):
    return START @ policy_values(jax.nn.softmax(logits), REWARDS, TRANSITIONS, 0.9)


def test_the_theorem_is_autodiff_through_the_solve_and_the_slope():
    with x64():
        theorem = jax.jit(softmax_policy_gradient)(jnp.asarray(LOGITS), START, REWARDS, TRANSITIONS, 0.9)
        np.testing.assert_allclose(theorem, jax.jit(jax.grad(value))(jnp.asarray(LOGITS)), rtol=1e-10, atol=1e-12)
        moves = 1e-5 * np.eye(18).reshape(18, 6, 3)
        ends = jax.jit(jax.vmap(value))(np.concatenate([LOGITS + moves, LOGITS - moves]))
        np.testing.assert_allclose(theorem, (ends[:18] - ends[18:]).reshape(6, 3) / 2e-5, rtol=1e-7, atol=1e-9)


def test_values_are_those_of_a_long_sum():
    with x64():
        policy = np.asarray(jax.nn.softmax(LOGITS))
        moved, earned = np.einsum("sa,sat->st", policy, TRANSITIONS), np.sum(policy * REWARDS, axis=1)
        summed = sum(0.9**t * np.linalg.matrix_power(moved, t) @ earned for t in range(400))
        values = policy_values(policy, REWARDS, TRANSITIONS, 0.9)
        np.testing.assert_allclose(values, summed, rtol=1e-12)
        actions = action_values(values, REWARDS, TRANSITIONS, 0.9)
        np.testing.assert_allclose(np.sum(policy * actions, axis=1), values, rtol=1e-12)


def test_the_gradient_vanishes_where_all_actions_are_alike():
    alike = np.repeat(REWARDS[:, :1], 3, axis=1), np.repeat(TRANSITIONS[:, :1], 3, axis=1)
    np.testing.assert_allclose(softmax_policy_gradient(jnp.asarray(LOGITS), START, *alike, 0.9), 0, atol=1e-5)


def test_returns_are_sums_of_what_follows():
    rewards = RNG.normal(size=20)
    with x64():
        sums = [sum(0.8**k * rewards[t + k] for k in range(20 - t)) for t in range(20)]
        np.testing.assert_allclose(discounted_returns(jnp.asarray(rewards), 0.8), sums, rtol=1e-12)
        np.testing.assert_allclose(discounted_returns(jnp.asarray(rewards), 1.0)[0], rewards.sum(), rtol=1e-12)


def test_the_gradient_of_the_surrogate_is_the_sum_of_scores():
    """By hand: the score of a softmax at action a is the unit vector of a less the probabilities."""
    states, actions, advantages = RNG.integers(6, size=12), RNG.integers(3, size=12), RNG.normal(size=12)

    def loss(logits):
        return policy_gradient_loss(jax.nn.log_softmax(logits)[states, actions], jnp.asarray(advantages), 0.9)

    with x64():
        expected, policy = np.zeros((6, 3)), np.asarray(jax.nn.softmax(LOGITS))
        for t, (s, a) in enumerate(zip(states, actions, strict=True)):
            expected[s] -= 0.9**t * advantages[t] * (np.eye(3)[a] - policy[s])
        np.testing.assert_allclose(jax.grad(loss)(jnp.asarray(LOGITS)), expected, rtol=1e-10, atol=1e-14)


def test_no_gradient_flows_through_the_advantages():
    slopes = jax.grad(lambda advantages: policy_gradient_loss(jnp.ones(3), advantages, 0.9))(jnp.ones(3))
    np.testing.assert_array_equal(slopes, 0)


def test_shapes_that_differ_are_refused():
    message = "policy_gradient_loss: advantages must have the shape of log_probabilities, (steps,), got (3,) and (2,)."
    with pytest.raises(ValueError, match=re.escape(message)):
        policy_gradient_loss(jnp.ones(3), jnp.ones(2), 0.9)
