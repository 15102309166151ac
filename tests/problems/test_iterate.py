"""Tests of one step."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from bowls import bowl

from lropt_jax.optimizers import sgd
from lropt_jax.problems import Problem, solve, start, step

KEY = jax.random.key(3)


def test_a_step_draws_its_noise_from_its_own_key_and_counts():
    noise = Problem(lambda key: (jnp.zeros(()), ()), lambda x, state, key: (jax.random.normal(key), state, x))
    at = start(noise, sgd(1.0), KEY)
    for count in range(3):
        draw = jax.random.normal(jax.random.fold_in(at.key, count))
        before = at.params
        at, value = step(noise, sgd(1.0), at)
        assert value == before
        np.testing.assert_allclose(at.params, before - draw, rtol=1e-6)
    assert at.step == 3


def test_line_searches_are_given_the_loss_as_a_function():
    slope = jnp.array([1.0, 9.0])
    valley = Problem(lambda key: (jnp.array([4.0, 1.0]), ()), lambda x, s, key: (slope * x, s, slope @ x**2 / 2))
    assert solve(valley, optax.lbfgs(), KEY, 8).values[-1] < 1e-6


def test_the_loss_reaches_rules_that_want_it():
    solution = solve(bowl, optax.polyak_sgd(max_learning_rate=0.3), KEY, 50)
    assert solution.values[-1] < 0.1 * solution.values[0]


def test_state_may_hold_keys_and_parameters_python_numbers():
    chain = Problem(
        lambda key: (4.0, {"key": key, "n": 0}),
        lambda x, state, key: (x, {"key": jax.random.split(state["key"])[0], "n": state["n"] + 1}, x),
    )
    solution = solve(chain, sgd(0.5), KEY, 3)
    assert solution.params == 0.5
    assert solution.state["n"] == 3
