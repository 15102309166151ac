"""Tests of a softmax policy where episodes end; `test_policy_gradient.py` has those of its estimates."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.objectives import softmax_policy_gradient
from lropt_jax.problems import MDP, policy_gradient
from lropt_jax.problems.decisions.softmax_policy import play

RNG = np.random.default_rng(1)
WHOLE = RNG.dirichlet(np.ones(4), size=(3, 2))
MORTAL = MDP(RNG.normal(size=(3, 2)), WHOLE[..., :3], 0.8, ends=WHOLE[..., 3], start=[0.5, 0.5, 0.0])
LOGITS = jnp.asarray(RNG.normal(size=(3, 2)), jnp.float32)
KEYS = jax.random.split(jax.random.key(0), 5000)
EXACT = softmax_policy_gradient(LOGITS, *(jnp.asarray(each, jnp.float32) for each in (MORTAL.start, *MORTAL[:3])))


@pytest.mark.parametrize("method", ["reinforce", "baseline"])
def test_the_gradient_is_right_where_episodes_end_whatever_the_critic_says(method):
    problem = policy_gradient(method=method, mdp=MORTAL, episodes=1, episode_steps=30)
    params = {"actor": LOGITS} | ({} if method == "reinforce" else {"critic": jnp.array([1.0, -1.0, 0.5])})
    found = np.asarray(jax.jit(jax.vmap(lambda key: problem.field(params, (), key)[0]["actor"]))(KEYS))
    errors = np.std(found, 0) / np.sqrt(len(found))
    assert np.max(np.abs(np.mean(found, 0) + EXACT) / errors) < 5


def test_nothing_happens_after_the_end():
    process = policy_gradient(mdp=MORTAL).field.args[0]
    episode = jax.vmap(lambda key: play(process, LOGITS, key, 20))(KEYS[:50])
    alive = np.asarray(episode.alive)
    assert np.all(alive[:, 0])
    assert np.all(alive[:, 1:] == np.asarray(episode.goes_on)[:, :-1])
    assert 0 < alive.mean() < 0.5
    assert np.all(np.asarray(episode.rewards)[~alive] == 0)
