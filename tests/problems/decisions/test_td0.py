"""Tests of temporal differences."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.optimizers import sgd
from lropt_jax.problems import MDP, Simulator, Transitions, solve, start, step, suite, td0
from lropt_jax.schedules import robbins_monro

KEY = jax.random.key(0)
RING = MDP([[1.0], [0.0], [2.0]], np.roll(np.eye(3), 1, axis=1)[:, None, :], 0.5)  # three states in a circle


def test_it_walks_and_changes_the_state_that_it_leaves():
    problem, tx = td0(mdp=RING), sgd(0.5)
    at, values = start(problem, tx, KEY), np.zeros(3)
    for count in range(7):
        here, there = count % 3, (count + 1) % 3
        error = [1.0, 0.0, 2.0][here] + 0.5 * values[there] - values[here]
        assert at.state.at == here
        at, watched = step(problem, tx, at)
        values[here] += 0.5 * error
        np.testing.assert_allclose(at.params, values, rtol=1e-6)
        np.testing.assert_allclose(watched, error**2, rtol=1e-6)


def test_without_noise_rate_one_finds_the_values():
    problem = td0(mdp=RING)
    assert problem.judge(solve(problem, sgd(1.0), KEY, 200).params, 0) < 1e-6


@pytest.mark.slow
def test_averages_under_falling_rates_find_the_values_and_one_over_the_time_does_not():
    problem = td0()

    def run(tx, key):
        solution = solve(problem, tx, key, 200_000, average_from=100_000)
        return solution.params, solution.average

    mapped = jax.jit(jax.vmap(run, (None, 0)))
    keys = jax.random.split(KEY, 4)
    _, average = mapped(sgd(robbins_monro(1.0, 100)), keys)
    for walk in average:
        assert problem.judge(walk, 0) < 0.4
    assert problem.judge(average.mean(0), 0) < 0.2
    last, _ = mapped(sgd(robbins_monro(1.0, exponent=1.0)), keys)
    assert min(problem.judge(walk, 0) for walk in last) > 3


def test_a_policy_is_followed_and_judged():
    world = MDP([[1.0, 0.0], [0.0, 0.0]], [[[1, 0], [0, 1]], [[1, 0], [0, 1]]], 0.5)
    stay, leave = td0(mdp=world, policy=[[1, 0], [1, 0]]), td0(mdp=world, policy=[[0, 1], [0, 1]])
    assert stay.judge(jnp.array([2.0, 1.0]), 0) == 0
    assert leave.judge(jnp.zeros(2), 0) == 0
    assert stay.judge(solve(stay, sgd(0.5), KEY, 100).params, 0) == 1  # state 1 is never visited
    assert solve(leave, sgd(0.5), KEY, 5).state.at == 1


def test_the_end_counts_as_nothing_and_the_walk_begins_again():
    coin = MDP([[1.0]], [[[0.75]]], 0.8, ends=[[0.25]])
    assert td0(mdp=coin).judge(jnp.array([1 / (1 - 0.6)]), ()) < 1e-6
    solution = solve(td0(mdp=coin, batch_size=50), sgd(0.05), KEY, 1000, average_from=500)
    assert solution.average[0] == pytest.approx(2.5, abs=0.1)


def test_a_log_leads_to_the_values_that_it_describes():
    rows = [(0, 0, 1.0, 1, False), (1, 0, 0.0, 0, False), (0, 1, 3.0, 1, True), (0, 0, 2.0, 1, False)]
    problem = td0(mdp=Transitions(*zip(*rows, strict=True), discount=0.5))
    exact = np.linalg.solve([[1, -0.5 * 2 / 3], [-0.5, 1]], [2.0, 0.0])
    assert problem.judge(jnp.asarray(exact), ()) < 1e-6
    solution = solve(problem, sgd(robbins_monro(1.0, 10, exponent=0.8)), KEY, 5000, average_from=1000)
    assert problem.judge(solution.average, ()) < 0.1
    assert td0(mdp=Transitions(*zip(*rows, strict=True), discount=0.5), n_steps=2).judge is None


def test_a_simulator_is_evaluated_under_the_policy():
    two = Simulator(lambda s, a, key: (1 - s, 1.0 * a, s == 1), start=0, states=2, actions=2, discount=0.5)
    problem = td0(mdp=two, policy=[[0, 1], [1, 0]], batch_size=2)
    solution = solve(problem, sgd(0.5), KEY, 60)
    np.testing.assert_allclose(solution.params, [1, 0], atol=1e-3)
    assert problem.validate(solution.params, solution.state, KEY) < 1e-5


def test_the_view_is_the_grid():
    problem = td0()
    assert problem.view(jnp.arange(25.0), 0).values.shape == (5, 5)
    assert problem.value == "monitor"
    assert suite()["td0"] is td0


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"td0: policy must have the shape \(3, 1\), got \(3,\)"):
        td0(mdp=RING, policy=np.ones(3))
    with pytest.raises(ValueError, match=r"td0: policy must sum to 1 along the last axis, got 0.5 at \(0,\)"):
        td0(mdp=RING, policy=np.full((3, 1), 0.5))
    with pytest.raises(ValueError, match=r"td0: discount must be in \[0, 1\)"):
        td0(mdp=RING._replace(discount=1.0))
    with pytest.raises(ValueError, match=r"td0: trace_decay must be None without n_steps=1, got 0.5"):
        td0(n_steps=2, trace_decay=0.5)
    with pytest.raises(ValueError, match=r"td0: trace_decay must be in \[0, 1\], got 1.5"):
        td0(trace_decay=1.5)
    with pytest.raises(ValueError, match=r"td0: policy must be None with a log, whose actions are those of its own"):
        td0(mdp=Transitions([0], [0], [1.0], [0], [1], 0.5), policy=[[1.0]])
