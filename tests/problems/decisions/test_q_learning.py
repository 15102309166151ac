"""Tests of Q-learning with synchronous samples, and of why its watched value is no loss."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.optimizers import sgd
from lropt_jax.problems import MDP, Simulator, Transitions, gridworld, policy_iteration, q_learning, solve, suite
from lropt_jax.schedules import linear, rescaled_linear, robbins_monro
from lropt_jax.tuning import sweep
from lropt_jax.wrappers import by_visits

KEY = jax.random.key(0)
TEXTBOOK = robbins_monro(1.0, exponent=1.0)  # 1 / n


def until_an_accident(reward=0.2, discount=0.95):
    """Each step earns a reward until an accident, after which nothing does; noise is large beside the reward."""
    survive = (4 * discount - 1) / (3 * discount)
    return MDP([[reward], [0.0]], [[[survive, 1 - survive]], [[0.0, 1.0]]], discount)


@pytest.mark.slow
@pytest.mark.parametrize(("mdp", "steps"), [(gridworld(slip=0.1), 200_000), (until_an_accident(), 100_000)])
def test_rescaled_rates_find_the_values_and_the_textbooks_do_not(mdp, steps):
    problem = q_learning(mdp=mdp)
    rescaled = solve(problem, sgd(rescaled_linear(mdp.discount)), KEY, steps)
    textbook = solve(problem, sgd(TEXTBOOK), KEY, steps)
    assert problem.judge(rescaled.params, ()) < 0.03
    assert problem.judge(textbook.params, ()) > 1


@pytest.mark.slow
def test_the_squared_error_is_lowest_at_the_worst_rate():
    problem = q_learning(mdp=until_an_accident())
    rates = {
        "textbook": TEXTBOOK,
        "rescaled": rescaled_linear(0.95),
        **{rate: rate for rate in (0.001, 0.01, 0.1, 0.3)},
    }
    errors, watched = {}, {}
    for name, rate in rates.items():
        solution = solve(problem, sgd(rate), KEY, 100_000)
        errors[name] = problem.judge(solution.params, ())
        watched[name] = solution.values[-10_000:].mean()
    assert max(errors, key=errors.get) == min(watched, key=watched.get) == "textbook"
    assert errors["rescaled"] < 0.03 < 1 < errors["textbook"]
    assert watched["rescaled"] > 2 * watched["textbook"]
    assert problem.value == "monitor"


def test_without_noise_rate_one_is_value_iteration_on_actions():
    mdp = gridworld(discount=0.8)
    problem = q_learning(mdp=mdp)
    solution = solve(problem, sgd(1.0), KEY, 100)
    best = policy_iteration(mdp)[0]
    np.testing.assert_allclose(solution.params, mdp.rewards + 0.8 * mdp.transitions @ best, atol=1e-4)
    assert problem.judge(solution.params, ()) < 1e-4


def test_the_field_is_the_bellman_residual_on_average():
    mdp = gridworld(slip=0.5)
    q = jnp.asarray(np.random.default_rng(0).normal(size=(25, 4)), jnp.float32)
    keys = jax.random.split(KEY, 4000)
    draws = np.asarray(jax.vmap(q_learning(mdp=mdp).field, (None, None, 0))(q, (), keys)[0], float)
    residual = q - (mdp.rewards + 0.9 * mdp.transitions @ np.max(q, axis=1))
    assert np.all(np.abs(draws.mean(0) - residual) < 5 * draws.std(0) / np.sqrt(len(keys)) + 1e-5)


def test_rates_up_to_one_keep_values_within_what_rewards_add_up_to():
    problem = q_learning(mdp=until_an_accident())
    for rate in (0.5, 1.0):
        q = solve(problem, sgd(rate), KEY, 5000).params
        assert np.all((q >= 0) & (q <= 0.2 / (1 - 0.95)))


def test_a_sweep_chooses_by_the_error():
    found = sweep(q_learning(), {"sgd": sgd}, rates=(1e-6, 0.1), steps=500, seeds=1, schedule=None)
    assert found.best().tx == sgd(0.1)


def test_the_view_is_the_grid_of_the_best_actions():
    problem = q_learning()
    q = jnp.arange(100.0).reshape(25, 4)
    np.testing.assert_array_equal(problem.view(q, ()).values, q.max(1).reshape(5, 5))
    assert suite()["q_learning"] is q_learning


MORTAL = MDP(
    np.array([[0.0, 1.0], [2.0, 0.0], [0.5, 0.0]]),
    np.array([[[0.1, 0.5, 0.4], [0, 0, 0.2]], [[0.5, 0, 0], [0, 0.7, 0.3]], [[0, 0.9, 0.1], [0.3, 0.3, 0.3]]]),
    0.8, ends=np.array([[0, 0.8], [0.5, 0], [0, 0.1]]),
)  # fmt: skip
FALLING = by_visits(sgd(1.0), robbins_monro(1.0, exponent=0.7))


def act(chances, rewards, state, action, key):
    to = jax.random.choice(key, 4, p=chances[state, action])
    return jnp.minimum(to, 2), rewards[state, action], to == 3


def test_the_end_of_an_episode_counts_as_nothing():
    problem = q_learning(mdp=MORTAL)
    best = policy_iteration(MORTAL)[0]
    known = MORTAL.rewards + 0.8 * MORTAL.transitions @ best
    assert problem.judge(jnp.asarray(known), ()) < 1e-6
    solution = solve(problem, sgd(rescaled_linear(0.8)), KEY, 20_000)
    assert problem.judge(solution.params, ()) < 0.05


def test_a_simulator_is_learned_along_walks_and_judged_by_returns():
    chances = np.concatenate([MORTAL.transitions, MORTAL.ends[..., None]], -1)
    step = jax.tree_util.Partial(act, jnp.asarray(chances), jnp.asarray(MORTAL.rewards))
    problem = q_learning(
        mdp=Simulator(step, 0, 3, 2, 0.8, (3, 1)), exploration=linear(1.0, 4000, floor=0.3), batch_size=8
    )
    solution = solve(problem, FALLING, KEY, 8000)
    assert q_learning(mdp=MORTAL).judge(solution.params, ()) < 0.15
    assert problem.judge is None
    assert problem.criterion == "validation"
    assert problem.view(solution.params, solution.state).values.shape == (3, 1)
    values, start = policy_iteration(MORTAL)[0], 0
    assert -problem.validate(solution.params, (), KEY) == pytest.approx(values[start], abs=0.5)


def log(rows, random):
    """What an agent that acts at random went through."""
    states, actions = random.integers(3, size=rows), random.integers(2, size=rows)
    chances = np.concatenate([MORTAL.transitions, MORTAL.ends[..., None]], -1)
    to = np.array([random.choice(4, p=chances[s, a]) for s, a in zip(states, actions, strict=True)])
    return Transitions(states, actions, MORTAL.rewards[states, actions], np.minimum(to, 2), to == 3, 0.8)


def test_a_log_leads_to_the_answer_of_the_process_that_it_describes():
    problem = q_learning(mdp=log(3000, np.random.default_rng(0)), batch_size=4)
    solution = solve(problem, FALLING, KEY, 20_000)
    assert problem.judge(solution.params, solution.state) < 0.05
    assert q_learning(mdp=MORTAL).judge(solution.params, ()) < 0.3


def test_arguments_that_mean_nothing_are_refused():
    with pytest.raises(ValueError, match=r"q_learning: exploration must be None without a simulator, got 0.1"):
        q_learning(exploration=0.1)
    with pytest.raises(ValueError, match=r"q_learning: batch_size must be None without a log or a simulator, got 2"):
        q_learning(mdp=MORTAL, batch_size=2)
    with pytest.raises(ValueError, match=r"q_learning: exploration must be in \[0, 1\], got 2"):
        q_learning(mdp=Simulator(act, 0, 3, 2, 0.8), exploration=2)


def test_what_is_no_process_is_refused():
    with pytest.raises(ValueError, match="q_learning: transitions must sum to 1 along the last axis, got 0.5 at"):
        q_learning(mdp=MDP([[0.0]], [[[0.5]]], 0.9))
