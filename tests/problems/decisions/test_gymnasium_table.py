"""Tests of tables read from Gymnasium: values are those of plain value iteration over `P`."""

import re

import gymnasium
import numpy as np
import pytest

from lropt_jax.problems import MDP, policy_iteration
from lropt_jax.problems.decisions.gymnasium_table import read


def plain(table, discount):
    """Value iteration as people write it, over the dict of lists."""
    values = np.zeros(len(table))
    for _ in range(2000):
        before, values = values, np.array([
            max(sum(p * (r + discount * values[to] * (not ended)) for p, to, r, ended in rows) for rows in row.values())
            for row in table.values()
        ])  # fmt: skip
        if np.max(np.abs(values - before)) < 1e-10:
            return values
    raise AssertionError


@pytest.mark.parametrize(
    ("name", "layout"), [("FrozenLake-v1", (4, 4)), ("FrozenLake8x8-v1", (8, 8)), ("CliffWalking-v1", (4, 12))]
)
def test_values_are_those_of_plain_value_iteration(name, layout):
    env = gymnasium.make(name)
    mdp = MDP.from_gymnasium(env, discount=0.9)
    np.testing.assert_allclose(policy_iteration(mdp)[0], plain(env.unwrapped.P, 0.9), atol=1e-8)
    assert mdp.layout == layout
    np.testing.assert_array_equal(mdp.start, env.unwrapped.initial_state_distrib)


@pytest.mark.filterwarnings("ignore")
def test_taxis_passenger_arrives_once():
    name = next(name for name in ("Taxi-v4", "Taxi-v3") if name in gymnasium.registry)
    env = gymnasium.make(name)
    mdp = MDP.from_gymnasium(env, discount=0.5)
    values = policy_iteration(mdp)[0]
    np.testing.assert_allclose(values, plain(env.unwrapped.P, 0.5), atol=1e-8)
    assert values.max() == 20
    assert mdp.layout is None
    assert mdp.ends.sum() > 0


class Shown:
    def __init__(self, table, **more):
        self.P = table
        self.__dict__.update(more)


END = [(1.0, 0, 1.0, True)]


def test_lists_are_tables_too_and_what_never_ends_has_no_ends():
    found = read(Shown([[[(0.5, 0, 2.0, False), (0.5, 1, 0.0, False)]], [[(1.0, 1, 0.0, 0)]]], shape=(1, 2)))
    np.testing.assert_array_equal(found.rewards, [[1.0], [0.0]])
    np.testing.assert_array_equal(found.transitions, [[[0.5, 0.5]], [[0, 1]]])
    assert found.ends is None
    assert found.start is None
    assert found.layout == (1, 2)


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ("FrozenLake-v1", "env must be an environment, got 'FrozenLake-v1'; write gymnasium.make('FrozenLake-v1')."),
        (None, "env must have a table P, as FrozenLake, Taxi and CliffWalking have, got None; an environment that can"),
        (Shown({}), "env must have a table P"),
        (Shown({1: {0: END}}), "env.P must be a dict or a list by the whole numbers 0, 1, ..., got {1: {0: [("),
        (Shown({0: 3.0}), "env.P[0] must be a dict or a list by the whole numbers 0, 1, ..., got 3.0."),
        (Shown({0: {0: END}, 1: {0: END, 1: END}}), "env.P must have as many actions in every state, at least"),
        (Shown({0: {0: [(1.0, 0, 1.0)]}}), "env.P[0][0] must be a list of (probability, next state, reward"),
        (Shown({0: {0: [(0.5, 0, 1.0, True)]}}), "env.P[0][0] must have probabilities >= 0 that sum to 1, got [0.5]."),
        (Shown({0: {0: [(1.5, 0, 0, True), (-0.5, 0, 0, True)]}}), "env.P[0][0] must have probabilities >= 0"),
        (Shown({0: {0: [(np.nan, 0, 0, True)]}}), "env.P[0][0] must have probabilities >= 0"),
        (Shown({0: {0: [(1.0, 2, 0, True)]}}), "env.P[0][0] must lead to states from 0 to 0, got 2."),
        (Shown({0: {0: [(1.0, 0, np.nan, True)]}}), "env.P[0][0] must have finite rewards, got nan."),
        (Shown({0: {0: END}}, initial_state_distrib=[0.5]), "start must sum to 1 along the last axis, got 0.5"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused(env, message):
    with pytest.raises(ValueError, match=f"^MDP.from_gymnasium: {re.escape(message)}"):
        MDP.from_gymnasium(env)


def test_what_can_only_be_played_is_refused_with_what_to_do():
    with pytest.raises(ValueError, match=r"env must have a table P.*CartPole.*Simulator, or environment= of policy"):
        MDP.from_gymnasium(gymnasium.make("CartPole-v1"))
    with pytest.raises(ValueError, match=r"^MDP.from_gymnasium: discount must be in \[0, 1\), got 1"):
        MDP.from_gymnasium(Shown({0: {0: END}}), discount=1)
