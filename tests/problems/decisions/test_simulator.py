"""Tests of simulators: what they must give."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.problems import Simulator, q_learning
from lropt_jax.problems.decisions.simulator import played


def step(state, action, key):
    to = state + 2 * action - 1
    return to, to == 4, (to == 0) | (to == 4)


LINE = Simulator(step, start=2, states=5, actions=2, discount=0.9)


def test_the_start_may_be_a_state_or_drawn():
    key = jax.random.key(0)
    assert played(LINE).start(key) == 2
    drawn = played(LINE._replace(start=lambda key: jax.random.randint(key, (), 1, 4))).start
    assert set(jax.vmap(drawn)(jax.random.split(key, 50)).tolist()) == {1, 2, 3}


def test_data_are_leaves_and_the_function_may_be_bound():
    bound = jax.tree_util.Partial(lambda table, s, a, k: (table[s], 0.0, s > 0), jnp.arange(5))
    assert jax.tree.leaves(played(LINE._replace(step=bound)).step)[0].shape == (5,)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"step": 3}, "step must be a function, got 3."),
        ({"step": lambda state, action: state}, "step must be a function step(state, action, key), got "),
        ({"step": lambda s, a, k: s}, "step must return (next_state, reward, done), each of the shape (), got"),
        ({"step": lambda s, a, k: (s, jnp.ones(2), s > 0)}, "step must return (next_state, reward, done), each of"),
        ({"step": lambda s, a, k: (s / 2, 0.0, s > 0)}, "the next state of step must be a whole number of the shape"),
        ({"step": lambda s, a, k: (s, 0.0, 0.0 * s)}, "step must return done as True or False, got float32."),
        ({"step": lambda s, a, k: (np.arange(5)[s], 0.0, s > 0)}, "step must be written in JAX, got TracerArray"),
        ({"step": lambda s, a, k: (s, 1.0 if s > 0 else 0.0, s > 0)}, "step must be written in JAX, got TracerBool"),
        ({"start": 5}, "start must be a whole number from 0 to 4, or a function of a key, got 5."),
        ({"start": 0.5}, "start must be a whole number from 0 to 4, or a function of a key, got 0.5."),
        ({"start": lambda key: jnp.zeros(2)}, "start(key) must be a whole number of the shape (), got "),
        ({"start": lambda: 0}, "start must be a function of a key, got "),
        ({"states": 0}, "states must be a whole number >= 1, got 0."),
        ({"actions": 2.5}, "actions must be a whole number >= 1, got 2.5."),
        ({"discount": 1.0}, "discount must be in [0, 1), got 1.0."),
        ({"layout": (2, 2)}, "layout must have room for 5 states, got (2, 2)."),
    ],
)  # fmt: skip
def test_what_is_no_simulator_is_refused(changes, message):
    with pytest.raises(ValueError, match=f"^q_learning: {re.escape(message)}"):
        q_learning(mdp=LINE._replace(**changes))
