"""Tests of the pole on a cart against Gymnasium's."""

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax.problems import cartpole
from lropt_jax.problems.decisions.cartpole import moved

ENV = cartpole()
PARAMS = ENV.default_params


def test_it_moves_as_gymnasiums_does_step_by_step():
    theirs, random = gymnasium.make("CartPole-v1").unwrapped, np.random.default_rng(0)
    step, key = jax.jit(ENV.step), jax.random.key(0)
    observation, _ = theirs.reset(seed=0)
    _, state = ENV.reset(key, PARAMS)
    for _ in range(300):
        action = int(random.integers(2))
        state = state._replace(position=jnp.asarray(theirs.state, jnp.float32))
        expected, reward, ended, _, _ = theirs.step(action)
        np.testing.assert_allclose(moved(state.position, action, PARAMS), expected, rtol=1e-5, atol=1e-6)
        observation, state, earned, done, _ = step(key, state, action, PARAMS)
        assert (earned, done) == (reward, ended)
        if ended:
            theirs.reset()
            assert np.all(np.abs(observation) <= 0.05)
            assert state.time == 0


def test_it_begins_alike_and_ends_after_its_time():
    starts = jax.vmap(ENV.reset, (0, None))(jax.random.split(jax.random.key(0), 500), PARAMS)[0]
    assert np.all(np.abs(starts) <= 0.05)
    np.testing.assert_allclose(np.std(starts, 0), 0.1 / np.sqrt(12), rtol=0.1)
    short = PARAMS._replace(max_steps_in_episode=2)
    _, state = ENV.reset(jax.random.key(0), short)
    for over in (False, True):
        _, state, _, done, _ = ENV.step(jax.random.key(1), state, 1, short)
        assert bool(done) is over
    assert cartpole() is ENV
