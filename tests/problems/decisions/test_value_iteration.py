"""Tests of value iteration."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import MDP, gridworld, policy_iteration, solve, start, step, suite, value_iteration
from lropt_jax.schedules import linear

KEY = jax.random.key(0)
RING = MDP([[1.0], [0.0]], [[[0.0, 1.0]], [[1.0, 0.0]]], 0.9)  # two states that follow each other


@pytest.mark.parametrize("mdp", [gridworld(), gridworld(slip=0.3, discount=0.7), RING])
def test_errors_fall_like_the_powers_of_the_discount(mdp):
    with x64():
        problem, tx, take = value_iteration(mdp=mdp), sgd(1.0), jax.jit(step)
        at = start(problem, tx, KEY)
        first = problem.judge(at.params, ())
        for count in range(1, 101):
            at, residual = take(problem, tx, at)
            error = problem.judge(at.params, ())
            assert error <= mdp.discount**count * first * (1 + 1e-12) + 1e-12
            assert error <= mdp.discount * residual / (1 - mdp.discount) + 1e-12
        assert first == np.max(np.abs(policy_iteration(mdp)[0]))


def test_rates_end_at_two_over_one_plus_the_discount():
    problem = value_iteration(mdp=RING)
    errors = [problem.judge(solve(problem, sgd(rate / 1.9), KEY, 2000).params, ()) for rate in (1.98, 2.02)]
    assert errors[0] < 1e-4 < 1e4 < errors[1]


def test_one_step_is_the_operator_and_a_smaller_rate_goes_part_of_the_way():
    problem = value_iteration()
    values = jnp.arange(25.0)
    residual, _, watched = problem.field(values, (), KEY)
    world = gridworld()
    operator = np.max(world.rewards + 0.9 * world.transitions @ np.arange(25.0), axis=1)
    np.testing.assert_allclose(values - residual, operator, rtol=1e-6)
    np.testing.assert_allclose(watched, np.max(np.abs(np.arange(25) - operator)), rtol=1e-6)


def test_other_optimizers_find_it_and_the_view_is_the_grid():
    problem = value_iteration()
    solution = solve(problem, adam(linear(0.5, 1000)), KEY, 1000)
    assert problem.judge(solution.params, ()) < 0.05
    view = problem.view(solution.params, ())
    np.testing.assert_array_equal(view.values, solution.params.reshape(5, 5))
    assert problem.value == "monitor"
    assert suite()["value_iteration"] is value_iteration


def test_what_is_no_process_is_refused():
    with pytest.raises(ValueError, match=r"value_iteration: discount must be in \[0, 1\), got 1.0"):
        value_iteration(mdp=RING._replace(discount=1.0))
