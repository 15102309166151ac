"""Tests of `refined`."""

import re
import tracemalloc

import numpy as np
import pytest
from laws import x64
from numpy.lib.stride_tricks import sliding_window_view

from lropt_jax.schedules import linear, refined, sampled

NORMS = np.exp(np.random.default_rng(0).normal(size=101)) * np.linspace(2, 0.5, 101)


def rates_of(schedule):
    return np.asarray(schedule.rates)


def transcribed(norms, power, width):
    """The paper's algorithm: nearest padding before, mirrored after."""
    half = width // 2
    before, after = [norms[0]] * half, [norms[-1 - i] for i in range(1, half + 1)]
    padded = np.array([*before, *norms, *after])
    smooth = np.median(sliding_window_view(padded, width), axis=1)
    weights = smooth**-power
    rates = np.array([weights[t] * sum(weights[t + 1 :]) for t in range(len(norms))])
    return rates / np.max(rates)


@pytest.mark.parametrize(("norm", "power"), [("l2", 2.0), ("l1", 1.0)])
@pytest.mark.parametrize(("smoothing", "width"), [(0, 1), (0.03, 3), (0.1, 11), (0.125, 13), (0.9, 91)])
def test_it_is_the_papers_algorithm(norm, power, smoothing, width):
    ours = rates_of(refined(0.3, NORMS, norm=norm, smoothing=smoothing))
    np.testing.assert_allclose(ours, 0.3 * transcribed(NORMS, power, width), rtol=1e-12)


@pytest.mark.parametrize("norm", ["l2", "l1"])
def test_a_constant_norm_gives_exactly_a_straight_line(norm):
    for level in (1e-30, 0.1, 7.3, 1e30):
        rates = rates_of(refined(1.0, np.full(1000, level), norm=norm))
        np.testing.assert_array_equal(rates, np.arange(999, -1, -1) / 999)
    with x64():
        np.testing.assert_allclose(sampled(rates)(np.arange(1000)), linear(1.0, 999)(np.arange(1000)), atol=1e-15)


def test_rates_are_small_where_norms_are_large():
    early = rates_of(refined(1.0, np.repeat([3.0, 1.0], 50), smoothing=0))
    assert np.max(early[:50]) < 0.3 < early[50] == 1.0
    assert early[-1] == 0


def test_outliers_cut_no_holes():
    norms = np.ones(200)
    norms[[20, 21, 150]] = 1e6
    np.testing.assert_array_equal(rates_of(refined(1.0, norms)), rates_of(refined(1.0, np.ones(200))))


def test_the_result_is_a_sampled_schedule():
    schedule = refined(0.5, [4.0, 2.0, 1.0, 1.0, 1.0], norm="l1", smoothing=0)
    assert schedule == sampled(np.array([0.21875, 0.375, 0.5, 0.25, 0.0]))
    assert schedule.end == 4


def test_long_runs_take_little_memory():
    """100,000 norms under a median of 10,001 of them."""
    norms = np.exp(np.random.default_rng(1).normal(size=100_000))
    tracemalloc.start()
    rates = rates_of(refined(1.0, norms))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6
    assert np.all(rates[:-1] > 0)


def test_bad_arguments_are_refused():
    for bad in (0.0, -1.0, np.inf, np.nan):
        with pytest.raises(ValueError, match="^refined: gradient_norms must be finite and > 0, got "):
            refined(0.1, [1.0, bad, 1.0])
    with pytest.raises(ValueError, match=r"^refined: gradient_norms must be a sequence of numbers, got 1.0\.$"):
        refined(0.1, 1.0)
    for shape in ((1,), (2, 2)):
        message = f"refined: gradient_norms must have the shape (T,), T >= 2, got {shape}."
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            refined(0.1, np.ones(shape))
    with pytest.raises(ValueError, match=r"^refined: norm must be one of l2, l1, got 'max'\.$"):
        refined(0.1, np.ones(3), norm="max")
    with pytest.raises(ValueError, match=r"^refined: smoothing must be in \[0, 1\), got 1\.$"):
        refined(0.1, np.ones(3), smoothing=1)
    with pytest.raises(ValueError, match=r"^refined: peak must be finite and >= 0, got -1\.$"):
        refined(-1, np.ones(3))
