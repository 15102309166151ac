"""Tests of `by_visits`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import WrapperLaws

from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Transitions, q_learning, solve
from lropt_jax.schedules import piecewise, robbins_monro
from lropt_jax.wrappers import by_visits, ema

TEXTBOOK = robbins_monro(1.0, exponent=1.0)  # 1 / n


class TestLaws(WrapperLaws):
    specimen = by_visits(adam(0.1), robbins_monro(1.0, 10))


def test_every_entry_has_the_rate_of_its_own_visits():
    tx, random = by_visits(sgd(0.5), TEXTBOOK), np.random.default_rng(0)
    params, expected, visits = jnp.zeros((3, 2)), np.zeros((3, 2)), np.zeros((3, 2), int)
    state, update = tx.init(params), jax.jit(tx.update)
    for _ in range(40):
        entry = random.integers(3), random.integers(2)
        direction = random.normal()
        visits[entry] += 1
        expected[entry] -= 0.5 / visits[entry] * direction
        updates, state = update(jnp.zeros((3, 2)).at[entry].set(direction), state, params)
        params = params + updates
    np.testing.assert_allclose(params, expected, rtol=1e-5)
    np.testing.assert_array_equal(state.visits, visits)


def test_a_number_multiplies_and_a_schedule_is_read_at_the_visits():
    grads = jnp.array([1.0, 0.0])
    tx = by_visits(sgd(1.0), piecewise((1.0, 0.25), (1,)))
    state = tx.init(grads)
    for expected in (-1.0, -0.25):
        updates, state = tx.update(grads, state)
        np.testing.assert_array_equal(updates, [expected, 0])
    np.testing.assert_array_equal(
        by_visits(sgd(1.0), 0.5).update(grads, state._replace(inner=sgd(1.0).init(grads)))[0], [-0.5, 0]
    )


def test_rare_entries_are_learned_where_a_rate_of_the_time_has_fallen():
    """A log with one action of two states a hundred times as often as the other one: means of noisy rewards."""
    random = np.random.default_rng(1)
    often = random.random(5000) > 1e-2
    rewards = np.where(often, 1.0, 5.0) + random.normal(size=5000)
    log = Transitions(np.where(often, 0, 1), 0 * often, rewards, 0 * often, ~np.zeros_like(often), discount=0.0)
    problem = q_learning(mdp=log)
    errors = [
        problem.judge(solve(problem, tx, jax.random.key(0), 5000).params, ())
        for tx in (by_visits(sgd(1.0), TEXTBOOK), sgd(TEXTBOOK))
    ]
    assert errors[0] < 0.3
    assert errors[1] > 4


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="by_visits: multiplier must be finite and >= 0, got -1"):
        by_visits(sgd(0.1), -1.0)
    with pytest.raises(ValueError, match=r"by_visits: optimizer must not keep parameters .* go inside: ema\(by_visits"):
        by_visits(ema(sgd(0.1)), 1.0).init(jnp.ones(2))
