"""Tests of the run that goes back."""

import jax
import numpy as np
import pytest
from bowls import bowl

from lropt_jax.optimizers import sgd
from lropt_jax.problems import solve
from lropt_jax.schedules import linear
from lropt_jax.tuning.guard import guarded
from lropt_jax.tuning.training import Training

KEY = jax.random.key(1)


def start_of(problem):
    return float(solve(problem, sgd(0.1), KEY, 1).values[0])


def test_a_good_run_is_that_of_solve():
    run = guarded(Training(bowl, 37, KEY), lambda rate: sgd(linear(rate, 37)), 0.3, start_of(bowl))
    expected = solve(bowl, sgd(linear(0.3, 37)), KEY, 37)
    np.testing.assert_array_equal(run.values, expected.values)
    np.testing.assert_array_equal(run.at.params, expected.params)
    assert (run.fired, run.rate) == ((), 0.3)


@pytest.mark.parametrize("rate", [4.0, 1e8])
def test_a_slice_that_rises_is_made_again_at_half_the_rate(rate):
    training = Training(bowl, 100, KEY)
    run = guarded(training, sgd, rate, start_of(bowl))
    assert run.fired == (0,) * len(run.fired)
    assert run.rate == rate / 2 ** len(run.fired)
    assert run.rate <= 1
    assert run.tx == sgd(run.rate)
    assert training.spent == 100 + 5 * len(run.fired)
    np.testing.assert_array_equal(run.values, solve(bowl, sgd(run.rate), KEY, 100).values)


@pytest.mark.slow
def test_it_gives_up_going_back_where_no_rate_helps():
    run = guarded(Training(bowl, 20, KEY), lambda rate: sgd(1e6), 1.0, start_of(bowl))
    assert len(run.fired) == 30
