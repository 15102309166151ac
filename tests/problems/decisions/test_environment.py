"""Tests of policy networks in an environment: their gradient, their advantages, and the pole on a cart."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import cartpole, policy_gradient, solve
from lropt_jax.problems.decisions.environment import generalised_advantages
from lropt_jax.schedules import linear
from lropt_jax.wrappers import groups

KEY = jax.random.key(0)
PAY = jnp.array([1.0, 0.0, 3.0])


def pull(key, state, action, params):
    return jnp.zeros(1), state, PAY[action] + jax.random.normal(key), jnp.array(True), {}


BANDIT = SimpleNamespace(reset=lambda key, params: (jnp.zeros(1), jnp.array(0)), step=pull, default_params=None)
TABLE = (lambda key, observation: {"actor": jnp.zeros(3), "critic": jnp.zeros(())},
         lambda params, observation: (params["actor"], params["critic"]))  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("method", ["reinforce", "baseline", "actor_critic"])
def test_the_direction_is_minus_the_gradient_on_average(method):
    problem = policy_gradient(
        environment=BANDIT, network=TABLE, method=method, episodes=20_000, episode_steps=1, entropy=0.5
    )
    logits = jnp.array([0.5, 0.0, -0.5])
    params, state = {"actor": logits, "critic": jnp.array(0.7)}, problem.init(KEY)[1]

    def objective(logits):
        chances = jax.nn.softmax(logits)
        return chances @ PAY - 0.5 * chances @ jnp.log(chances)

    direction, _, earned, watched = problem.field(params, state, KEY)
    np.testing.assert_allclose(direction["actor"], -jax.grad(objective)(logits), atol=0.05)
    chances = jax.nn.softmax(logits)
    np.testing.assert_allclose(earned, chances @ PAY, atol=0.05)
    np.testing.assert_allclose(watched["entropy"], -chances @ jnp.log(chances), rtol=1e-5)
    expected = 0 if method == "reinforce" else 0.7 - chances @ PAY
    np.testing.assert_allclose(direction["critic"], expected, atol=0.05)


def test_advantages_are_the_sum_of_the_errors_that_follow():
    random, g, decay = np.random.default_rng(0), 0.9, 0.8
    rewards, values, ahead = random.normal(size=(3, 12, 2))
    over = random.random((12, 2)) < 0.3
    ended = over & (random.random((12, 2)) < 0.5)
    expected = np.zeros((12, 2))
    for lane in range(2):
        for first in range(12):
            for step in range(first, 12):
                error = rewards[step, lane] + g * ahead[step, lane] * (not ended[step, lane]) - values[step, lane]
                expected[first, lane] += (g * decay) ** (step - first) * error
                if over[step, lane]:
                    break
    found = generalised_advantages(*map(jnp.asarray, (rewards, values, ahead, ended, over)), g, decay)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_whole_episodes_count_up_to_their_end():
    linear = (lambda key, observation: jnp.zeros((4, 2)), lambda params, observation: observation @ params)
    problem = policy_gradient(environment=cartpole(), network=linear, method="reinforce", episodes=4, episode_steps=60)
    params, state = problem.init(KEY)
    assert state == ()
    _, state, earned, _ = jax.jit(problem.field)(params, state, KEY)
    assert state == ()
    assert 8 < earned < 60


@pytest.mark.slow
def test_a_pole_is_balanced_longer_after_a_little_practice():
    problem = policy_gradient(environment=cartpole(), episodes=8, episode_steps=16)
    tx = groups({"actor/*": adam(3e-3), "critic/*": adam(1e-2)})
    solution = solve(problem, tx, KEY, 150)
    assert -problem.validate(solution.params, solution.state, KEY) > 60  # 20 at the start
    assert (problem.value, problem.score, problem.criterion) == ("monitor", "return", "validation")
    assert solution.metrics["entropy"].shape == (150,)


@pytest.mark.slow
def test_two_rates_are_two_speeds():
    problem = policy_gradient(environment=BANDIT, network=TABLE, episodes=4, episode_steps=4)
    solution = solve(problem, groups({"actor": sgd(0.0), "critic": sgd(0.5)}), KEY, 40, average_from=10)
    np.testing.assert_array_equal(solution.params["actor"], 0)
    assert solution.average["critic"] == pytest.approx(4 / 3, abs=0.3)


@pytest.mark.slow
def test_the_pole_on_a_cart_is_solved_on_five_seeds():
    problem = policy_gradient(environment=cartpole(), episodes=32, episode_steps=16)
    tx = groups({"actor/*": adam(linear(3e-3, 2000)), "critic/*": adam(linear(1e-2, 2000))})

    def score(key):
        solution = solve(problem, tx, key, 2000)
        return -problem.validate(solution.params, solution.state, key)

    assert np.all(jax.jit(jax.vmap(score))(jax.random.split(KEY, 5)) >= 475)
