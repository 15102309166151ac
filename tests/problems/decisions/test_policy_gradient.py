"""Tests of policy gradients: the estimators have the exact mean, and one without the discount has not."""

import functools
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.objectives import policy_gradient_loss, policy_values, softmax_policy_gradient
from lropt_jax.optimizers import sgd
from lropt_jax.problems import MDP, Grid, policy_gradient, policy_iteration, solve, suite
from lropt_jax.problems.decisions.softmax_policy import play
from lropt_jax.wrappers import groups

RNG = np.random.default_rng(0)
SMALL = MDP(RNG.normal(size=(4, 2)), RNG.dirichlet(np.ones(4) / 2, size=(4, 2)), 0.7)
START = np.array([0.5, 0.5, 0.0, 0.0])
LOGITS = jnp.asarray(RNG.normal(size=(4, 2)), jnp.float32)
KNOWN = [jnp.asarray(each, jnp.float32) for each in SMALL[:3]]
EXACT = softmax_policy_gradient(LOGITS, START, *KNOWN)
VALUES = policy_values(jax.nn.softmax(LOGITS), *KNOWN)
KEYS = jax.random.split(jax.random.key(1), 10_000)
METHODS = ("reinforce", "baseline", "actor_critic")


def small(method="actor_critic", **options):
    """What is cut off after 40 steps is a share of 6e-7 of all rewards."""
    return policy_gradient(method=method, mdp=SMALL, start=START, episode_steps=40, **options)


def off_by(estimates, exact):
    """How many standard errors the mean is off, at worst."""
    errors = np.std(estimates, axis=0) / np.sqrt(len(estimates))
    return np.max(np.abs(np.mean(estimates, axis=0) - exact) / errors)


@functools.cache
def sampler(method):
    problem = small(method, episodes=1)
    return jax.jit(lambda params: jax.vmap(lambda key: problem.field(params, (), key))(KEYS))


def directions(method, error=0.0):
    """Of single episodes, with a critic that is off by this error."""
    return sampler(method)({"actor": LOGITS} | ({} if method == "reinforce" else {"critic": VALUES + error}))


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_with_the_exact_critic_every_estimator_is_unbiased_and_so_is_the_return(method):
    direction, _, earned = directions(method)
    assert off_by(direction["actor"], -EXACT) < 5
    assert off_by(earned, START @ VALUES) < 5
    if method != "reinforce":
        assert off_by(direction["critic"][:, :2], 0) < 5


def test_without_the_discount_before_the_score_the_same_test_fails():
    process = small().field.args[0]

    def careless(key):
        episode = play(process, LOGITS, key, 40)
        steps = jnp.arange(40)
        after = jnp.where(steps >= steps[:, None], 0.7 ** (steps - steps[:, None]), 0) @ episode.rewards

        def loss(logits):
            taken = jax.nn.log_softmax(logits)[episode.states, episode.actions]
            return policy_gradient_loss(taken, after, 1.0)

        return jax.grad(loss)(LOGITS)

    assert off_by(jax.jit(jax.vmap(careless))(KEYS), -EXACT) > 10


def test_a_wrong_critic_is_no_bias_as_a_baseline_and_one_in_actor_critic():
    wrong = jnp.array([2.0, -2.0, 0.0, 1.0])
    assert off_by(directions("baseline", wrong)[0]["actor"], -EXACT) < 5
    assert off_by(directions("actor_critic", wrong)[0]["actor"], -EXACT) > 10


def test_a_baseline_and_a_critic_take_away_noise():
    plain, baseline, critic = (np.std(directions(method)[0]["actor"], axis=0) for method in METHODS)
    assert np.linalg.norm(critic) < np.linalg.norm(baseline) < np.linalg.norm(plain)


def test_the_error_is_the_exact_gap_and_0_for_the_best_policy():
    values, best = policy_iteration(SMALL)
    problem = small()
    params, state = problem.init(jax.random.key(0))
    uniform = START @ policy_values(jnp.ones((4, 2)) / 2, *KNOWN)
    assert float(problem.judge(params, state)) == pytest.approx(float(START @ values - uniform), rel=1e-5)
    optimal = {"actor": 50.0 * np.eye(2)[best]}
    assert abs(problem.judge(optimal, state)) < 1e-5


def test_actor_and_critic_have_rates_of_their_own():
    problem = small()
    still = groups({"actor": sgd(0.0), "critic": sgd(1.0)})
    solution = solve(problem, still, KEYS[0], 300, average_from=100)
    np.testing.assert_array_equal(solution.params["actor"], 0)
    uniform = policy_values(jnp.ones((4, 2)) / 2, *KNOWN)
    np.testing.assert_allclose(solution.average["critic"], uniform, atol=0.05)
    both = solve(problem, groups({"actor": sgd(1.0), "critic": sgd(2.0)}), KEYS[0], 300, average_from=100)
    assert problem.judge(both.params, ()) < 0.05 * problem.judge(*problem.init(KEYS[0]))


@pytest.mark.parametrize("method", ["reinforce", "baseline"])
def test_the_other_methods_learn(method):
    problem = small(method)
    solution = solve(problem, sgd(1.0), KEYS[0], 300)
    assert problem.judge(solution.params, ()) < 0.05 * problem.judge(*problem.init(KEYS[0]))
    assert set(solution.params) == ({"actor"} if method == "reinforce" else {"actor", "critic"})


def test_the_policy_is_shown():
    view = small().view({"actor": LOGITS}, ())
    assert isinstance(view, Grid)
    np.testing.assert_allclose(np.sum(view.values, axis=1), 1, rtol=1e-6)
    assert (len(view.rows), len(view.columns)) == (4, 2)
    assert (view.y_label, view.x_label) == ("state", "action")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "ppo"}, "method must be one of reinforce, baseline, actor_critic, got 'ppo'."),
        ({"episodes": 0}, "episodes must be a whole number >= 1, got 0."),
        ({"episode_steps": -1}, "episode_steps must be a whole number >= 1, got -1."),
        ({"start": np.ones(3) / 3}, "start must have the shape (25,), got (3,)."),
        ({"start": np.ones(25)}, "start must sum to 1 along the last axis, got 25"),
        ({"mdp": SMALL._replace(rewards=np.full((4, 2), np.nan))}, "rewards must be finite, got "),
        ({"mdp": SMALL._replace(discount=1.0)}, "discount must be in [0, 1), got 1.0."),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=f"^policy_gradient: {re.escape(message)}"):
        policy_gradient(**arguments)


def test_it_is_in_the_suite_as_a_monitor():
    assert suite()["policy_gradient"] is policy_gradient
    assert policy_gradient().value == "monitor"
