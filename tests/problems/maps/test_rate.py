"""Tests of the rate of t-SNE, and of what is said of a wrong one."""

import re
import warnings

import jax
import numpy as np
import pytest

from lropt_jax.optimizers import delta_bar_delta
from lropt_jax.problems import least_squares, solve, tsne, tsne_optimizer
from lropt_jax.problems.maps.rate import review
from lropt_jax.schedules import cosine, piecewise

KEY = jax.random.key(0)
CLOUDS = np.random.default_rng(0).normal(size=(60, 4)) + 6 * np.eye(4)[np.arange(60) % 4]
NOISE = np.random.default_rng(1).normal(size=(60, 20))
EARLY = piecewise((12.0, 1.0), (60,))


def run(data, times, steps=240):
    problem = tsne(data, perplexity=8.0, exaggeration=EARLY)
    return solve(problem, tsne_optimizer(problem, times=times), KEY, steps)


def test_the_rate_is_n_over_four_times_the_exaggeration():
    rising = delta_bar_delta(
        piecewise((60 / 48, 60 / 4), (250,)), theta=None, momentum=piecewise((0.5, 0.8), (250,)), at_zero="shrink"
    )
    assert tsne_optimizer(tsne(CLOUDS, perplexity=8.0)) == rising
    steady = delta_bar_delta(60 / 16, theta=None, momentum=0.8, at_zero="shrink")
    assert tsne_optimizer(tsne(CLOUDS, perplexity=8.0, exaggeration=4.0)) == steady
    half = tsne_optimizer(tsne(CLOUDS, perplexity=8.0), times=0.5).learning_rate
    assert half == piecewise((60 / 96, 60 / 8), (250,))


@pytest.mark.slow
@pytest.mark.parametrize("data", [CLOUDS, NOISE], ids=["clouds", "noise"])
@pytest.mark.parametrize("times", [0.1, 1.0, 3.0])
def test_nothing_is_said_of_rates_that_do_well(data, times):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(data, times)


@pytest.mark.parametrize("data", [CLOUDS, NOISE], ids=["clouds", "noise"])
def test_a_rate_that_was_wrong_is_said_where_it_was_called(data):
    with pytest.warns(UserWarning, match="^solve: the map flew apart: at step .* The rate was too high; take ") as said:
        run(data, 1000.0)
    assert said[0].filename == __file__
    with pytest.warns(UserWarning, match="^solve: the map hardly left its start: .* The rate was too low, or the run "):
        run(data, 1e-7)


def test_all_points_in_one_place_have_the_divergence_that_is_said():
    problem = tsne(CLOUDS, perplexity=8.0)
    expected = problem.judge(np.zeros((60, 2), np.float32), 0)
    assert f" and {expected:.3g} is that of all points in one place" in str(review(problem, np.array([9.0])))


def test_short_runs_and_traced_ones_say_nothing_and_nan_is_said():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(CLOUDS, 1e-7, steps=100)
        jax.jit(lambda times: run_traced(times))(1000.0)
    assert "flew apart: at step 1" in str(review(tsne(CLOUDS, perplexity=8.0), np.array([1.0, np.nan])))
    assert review(tsne(np.eye(9), perplexity=3.0), np.zeros(5)) is None


def run_traced(times):
    rule = delta_bar_delta(times, theta=None, momentum=0.8, at_zero="shrink")
    return solve(tsne(CLOUDS, perplexity=8.0, exaggeration=EARLY), rule, KEY, 240).values


def test_other_problems_are_refused():
    with pytest.raises(
        TypeError, match="^tsne_optimizer: problem must be what tsne made, got <Problem 'least_squares'"
    ):
        tsne_optimizer(least_squares())
    with pytest.raises(TypeError, match="^tsne_optimizer: problem must be what tsne made, got 3"):
        tsne_optimizer(3)
    fading = tsne(CLOUDS, perplexity=8.0, exaggeration=cosine(12.0, 100, floor=1.0))
    with pytest.raises(ValueError, match="^tsne_optimizer: problem must have an exaggeration that is a number or piec"):
        tsne_optimizer(fading)
    with pytest.raises(ValueError, match=re.escape("tsne_optimizer: times must be finite and > 0, got 0")):
        tsne_optimizer(fading, times=0)
