"""Tests of Markov decision processes: their exact answer, their check, their simulator."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import linprog

from lropt_jax.problems import MDP, gridworld, policy_gradient, policy_iteration, q_learning, td0, value_iteration
from lropt_jax.problems.decisions.mdp import evaluate, tables_of

RANDOM = np.random.default_rng(0)


def arbitrary(states, actions, discount):
    transitions = RANDOM.dirichlet(0.3 * np.ones(states), size=(states, actions))
    return MDP(RANDOM.normal(size=(states, actions)), transitions, discount)


def by_linear_program(mdp):
    """The least values with `V(s) >= R(s, a) + g sum_s' P(s' | s, a) V(s')` for all actions (Puterman 1994)."""
    states = len(mdp.rewards)
    apart = mdp.discount * mdp.transitions - np.eye(states)[:, None, :]
    found = linprog(
        np.ones(states), apart.reshape(-1, states), -mdp.rewards.reshape(-1), bounds=(None, None),
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )  # fmt: skip
    assert found.success
    return found.x


@pytest.mark.parametrize("mdp", [arbitrary(20, 4, 0.9), arbitrary(7, 3, 0.99), gridworld(), gridworld(slip=0.3)])
def test_policy_iteration_is_the_linear_program(mdp):
    values, policy = policy_iteration(mdp)
    np.testing.assert_allclose(values, by_linear_program(mdp), rtol=0, atol=1e-10)
    followed = evaluate(*tables_of(mdp), np.eye(mdp.rewards.shape[1])[policy])
    np.testing.assert_allclose(values, followed, rtol=0, atol=1e-10)


def test_many_equal_actions_end_too():
    same = MDP(np.full((3, 5), 0.1), np.full((3, 5, 3), 1 / 3), 0.95)
    np.testing.assert_allclose(policy_iteration(same)[0], 2.0, rtol=1e-12)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rewards": np.zeros(3)}, r"rewards must have the shape \(states, actions\), got \(3,\)"),
        ({"rewards": np.full((2, 1), np.inf)}, "rewards must be finite"),
        ({"transitions": np.ones((2, 2))}, r"transitions must have the shape \(2, 1, 2\), got \(2, 2\)"),
        ({"transitions": [[[0.5, 0.4]], [[0, 1]]]}, r"must sum to 1 along the last axis, got 0.9 at \(0, 0\)"),
        ({"transitions": [[[1.5, -0.5]], [[0, 1]]]}, "transitions must be finite and >= 0"),
        ({"transitions": [[[np.nan, 1]], [[0, 1]]]}, "transitions must be finite and >= 0"),
        ({"discount": 1.0}, r"discount must be in \[0, 1\), got 1.0"),
        ({"discount": -0.1}, r"discount must be in \[0, 1\), got -0.1"),
        ({"layout": (2, 2)}, r"layout must have room for 2 states, got \(2, 2\)"),
    ],
)
def test_what_is_no_process_is_refused(changes, message):
    good = MDP(np.zeros((2, 1)), np.array([[[0.5, 0.5]], [[0.0, 1.0]]]), 0.9)
    assert tables_of(good).rewards.dtype == np.float64
    with pytest.raises(ValueError, match=f"^(transitions )?{message}"):
        tables_of(good._replace(**changes))


TWO = (jnp.zeros((2, 2)), jnp.full((2, 2, 2), 0.5), 0.9)


@pytest.mark.parametrize(
    "bad", [TWO, {"rewards": TWO[0]}, "gridworld", gridworld], ids=["tuple", "dict", "str", "call"]
)
def test_what_is_no_process_is_refused_with_how_to_make_one(bad):
    for make in (value_iteration, q_learning, policy_gradient, td0, policy_iteration):
        with pytest.raises(
            TypeError, match=rf"^{make.__name__}: mdp must be MDP\(rewards, transitions, discount\), got "
        ):
            make(mdp=bad)


def test_ragged_tables_are_refused():
    with pytest.raises(ValueError, match="value_iteration: an array must be lists of numbers, as long as each other"):
        value_iteration(mdp=MDP([[1, 2], [3]], TWO[1], 0.9))
