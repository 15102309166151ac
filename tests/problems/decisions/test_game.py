"""Tests of environments and networks: what they must give, and what a step of them is."""

import re
from types import SimpleNamespace

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.problems import cartpole, policy_gradient
from lropt_jax.problems.decisions.game import afresh, ahead, game_of

KEY = jax.random.key(0)


def network(actions, value=True):
    def apply(params, observation):
        logits = jnp.zeros(actions) + params
        return (logits, observation.sum()) if value else logits

    return lambda key, observation: jnp.zeros(()), apply


def counting(limit, newer=False):
    """Counts to a limit and begins again; of the newer interface, which cuts it off there."""

    def step(key, state, action, params):
        over = state + 1 >= params
        seen = jnp.where(over, 0, state + 1)
        last = (jnp.zeros((), bool), over) if newer else (over,)
        return seen[None] * 1.0, seen, 1.0 * action, *last, {"final_observation": state[None] + 1.0}

    return SimpleNamespace(reset=lambda key, params: (jnp.zeros(1), jnp.array(0)), step=step, default_params=limit)


@pytest.mark.parametrize("newer", [False, True])
def test_returns_are_added_up_by_episode_and_the_older_and_newer_interface_are_read(newer):
    game = game_of(counting(3, newer), None, network(2))
    at = afresh(game, KEY, 4)
    earned = np.zeros(4)
    for time in range(5):
        at, seen = ahead(game, jnp.zeros(()), at, jax.random.fold_in(KEY, time))
        earned = earned + seen.rewards
        np.testing.assert_array_equal(seen.over, time % 3 == 2)
        np.testing.assert_array_equal(seen.ended, time % 3 == 2 and not newer)
        assert (seen.following is None) is not newer
        if time == 2:
            np.testing.assert_array_equal(at.returned, earned)
            earned = np.zeros(4)
        np.testing.assert_array_equal(at.earned, earned)


BOX = SimpleNamespace(**vars(counting(3)), action_space=lambda params: "box")
BAD = SimpleNamespace(reset=lambda key, params: jnp.zeros(1), step=lambda *_: 0, default_params=())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"environment": "CartPole-v1"}, "environment must have the functions reset and step, got 'CartPole-v1'."),
        ({"environment": (cartpole(), 1)}, "environment must have the functions reset and step, got (<"),
        ({"environment": BAD, "network": network(2)}, "environment.reset must return (observation, state), got"),
        ({"environment": BOX}, "environment must have actions that are whole numbers, got 'box'."),
        ({"environment": counting(3)}, "network must be given for an environment without num_actions, got None."),
        ({"environment": cartpole(), "network": 3}, "network must be two functions (init, apply), got 3."),
        ({"environment": cartpole(), "network": network(3)}, "network must return 2 logits, one for each action, got"),
        ({"environment": cartpole(), "network": network(())}, "network must return logits (actions,) and a value () "),
        ({"environment": cartpole(), "mdp": 3}, "mdp must be"),
        ({"environment": cartpole(), "start": [1.0]}, "start must be None with an environment, got [1.0]; it is for"),
        ({"environment": cartpole(), "trace_decay": 0.9, "method": "baseline"}, 'trace_decay must be None without'),
        ({"environment": cartpole(), "discount": 1.0}, "discount must be in [0, 1), got 1.0."),
        ({"network": network(2)}, "network must be None without environment, got"),
        ({"entropy": 0.1}, "entropy must be None without environment, got 0.1; give environment."),
    ],
)  # fmt: skip
def test_what_cannot_be_played_is_refused(arguments, message):
    with pytest.raises(ValueError, match=f"^policy_gradient: {re.escape(message)}"):
        policy_gradient(**arguments)


def test_an_environment_of_gymnasium_is_refused_with_what_to_do():
    with pytest.raises(TypeError, match=r"environment must be written in JAX .* MDP.from_gymnasium\(env\)"):
        policy_gradient(environment=gymnasium.make("FrozenLake-v1"))


def test_logits_alone_are_a_network_without_a_value():
    game = game_of(counting(3), None, network(2, value=False))
    assert ahead(game, jnp.zeros(()), afresh(game, KEY, 2), KEY)[1].actions.shape == (2,)
