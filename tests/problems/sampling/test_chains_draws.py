"""Tests of the draws that chains keep."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.optimizers import sgd
from lropt_jax.problems import metropolis, solve

KEY = jax.random.key(0)
PROPOSALS = ("random walk", "langevin")


def bell(x):
    return -jnp.sum(x**2) / 2


@functools.cache
def kept(steps=60, **how):
    problem = metropolis(bell, jnp.zeros(2), chains=3, warmup=20, **how)
    return np.asarray(solve(problem, sgd(1.0), KEY, steps).draws)


def test_draws_are_thinned_and_the_last_ones_stay_in_order():
    everything = kept(draws=40)
    assert everything.shape == (3, 40, 2)
    np.testing.assert_array_equal(kept(draws=10, thinning=4), everything[:, 3::4])
    np.testing.assert_array_equal(kept(draws=7), everything[:, -7:])
    np.testing.assert_array_equal(kept(steps=27, draws=40), everything[:, :7])
    np.testing.assert_array_equal(kept(steps=60, draws=4, thinning=9), everything[:, 8::9])


@pytest.mark.slow
def test_runs_side_by_side_are_those_one_by_one():
    for draws in (40, 7):
        problem = metropolis(bell, jnp.zeros(2), chains=3, warmup=20, draws=draws)
        run = lambda key, problem=problem: solve(problem, sgd(1.0), key, 60)  # noqa: E731
        lanes = jax.vmap(run)(jnp.stack([KEY, jax.random.key(1)])).draws
        assert lanes.shape == (2, 3, draws, 2)
        np.testing.assert_allclose(lanes[0], kept(draws=draws), rtol=1e-5, atol=1e-6)


def test_in_a_program_the_rows_to_come_are_nan():
    problem = metropolis(bell, jnp.zeros(2), chains=3, warmup=20, draws=50)
    draws = jax.jit(lambda key: solve(problem, sgd(1.0), key, 60).draws)(KEY)
    assert draws.shape == (3, 50, 2)
    np.testing.assert_array_equal(jnp.isnan(draws[0, :, 0]), np.arange(50) >= 40)


def test_other_problems_keep_no_draws_and_a_picture_shows_chains():
    assert solve(metropolis(), sgd(1.0), KEY, 2).draws is None
    problem = metropolis(bell, jnp.zeros(2), chains=9, warmup=2)
    done = solve(problem, sgd(1.0), KEY, 12)
    view = problem.view(done.params, done.state)
    assert len(view.y) == 4
    np.testing.assert_array_equal(view.y["chain 1"], done.draws[1, :, 0])
