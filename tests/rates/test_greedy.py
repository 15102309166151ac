"""Tests of `greedy`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from controllers import fed_results
from golden_values import controller_cases
from laws import RateLaws, x64

from lropt_jax import learning_rate
from lropt_jax.optimizers import sgd
from lropt_jax.rates import greedy
from lropt_jax.schedules import linear, warmup

NOISY = np.random.default_rng(0).normal(size=400).cumsum() / 10


class TestLaws(RateLaws):
    rate = greedy(warmup(linear(0.1, 50), 5), patience=1, floor=1e-3, ceiling=0.5, window=3, reset_after=7)


@pytest.mark.parametrize("name", ["default_patience2", "plateau", "smooth"])
def test_it_is_transformers_greedy_lr(name):
    case = controller_cases("GreedyLR", "transformers")[name]
    given, names = dict(case["params"]), {"min_lr": "floor", "max_lr": "ceiling", "window_size": "window"}
    given = {"min_lr": 1e-3, "max_lr": 1.0, "threshold": 1e-6, "threshold_mode": "abs"} | given
    given.pop("smooth", None)
    with x64():
        found, _ = fed_results(
            greedy(case["base_lr"], **{names.get(k, k): v for k, v in given.items()}), case["metrics"]
        )
    np.testing.assert_allclose(found, case["lrs"], rtol=0, atol=1e-12)


def transcribed(results, rate, factor, growth, patience, cooldown, warmup, floor, ceiling, reset_after):
    """The rule in plain Python, with an absolute threshold of 0."""
    first, best, good, bad, resting, at_floor, rates = rate, np.inf, 0, 0, 0, 0, []
    for value in results:
        if resting > 0:
            resting, good, bad = resting - 1, 0, 0
        elif value < best:
            best, good, bad = value, good + 1, 0
        else:
            good, bad = 0, bad + 1
        if good > patience:
            rate, resting, good, at_floor = min(rate * growth, ceiling), warmup, 0, 0
        elif bad > patience:
            rate, resting, bad = max(rate * factor, floor), cooldown, 0
            at_floor += rate == floor
            if at_floor == reset_after:
                rate, best, at_floor = first, np.inf, 0
        rates.append(rate)
    return rates


@pytest.mark.parametrize(("cooldown", "warmup", "reset_after"), [(0, 0, 1000), (3, 0, 2), (0, 2, 3), (2, 5, 1)])
def test_it_is_its_own_rule_in_plain_python(cooldown, warmup, reset_after):
    numbers = {"factor": 0.5, "growth": 1.5, "patience": 1, "cooldown": cooldown, "warmup": warmup}
    numbers |= {"floor": 0.01, "ceiling": 0.3, "reset_after": reset_after}
    expected = transcribed(NOISY, 0.1, **numbers)
    with x64():
        found, _ = fed_results(greedy(0.1, **numbers, threshold=0.0), NOISY)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert min(expected) < 0.015


def test_limits_are_ends_and_not_debts():
    found, _ = fed_results(
        greedy(0.1, factor=0.5, patience=0, ceiling=0.2, floor=0.05), [5.0, 4, 3, 2, 1, 1, 1, 1, 1, 0.5]
    )
    np.testing.assert_allclose(found, [0.2, 0.2, 0.2, 0.2, 0.2, 0.1, 0.05, 0.05, 0.05, 0.1], rtol=1e-6)


def test_a_base_outside_the_limits_is_left_where_it_is():
    found, _ = fed_results(greedy(1.0, factor=0.5, patience=0, ceiling=0.2), [5.0, 4.0, 4.0])
    np.testing.assert_allclose(found, [1.0, 1.0, 0.5])
    found, _ = fed_results(greedy(0.01, factor=0.5, patience=0, floor=0.1), [5.0, 5.0, 4.0])
    np.testing.assert_allclose(found, [0.02, 0.02, 0.04], rtol=1e-6)


def test_changes_no_larger_than_eps_are_left_out():
    with x64():
        found, _ = fed_results(greedy(1e-6, factor=0.5, patience=0, eps=1e-7, growth=1.05), [1.0, 1, 1, 1, 1, 1, 1])
    np.testing.assert_allclose(found, [1e-6, 5e-7, 2.5e-7, 1.25e-7, 1.25e-7, 1.25e-7, 1.25e-7], rtol=1e-12)


def test_a_window_judges_means_and_forgets_an_infinite_result():
    results = [4.0, 2.0, np.inf, 1.0, 1.0, 0.5]
    found, state = fed_results(greedy(1.0, factor=0.5, patience=0, window=2), results)
    np.testing.assert_allclose(found, [2, 4, 2, 1, 2, 4])
    assert state.best == 0.75


@pytest.mark.parametrize("window", [None, 2])
@pytest.mark.parametrize("none", [np.nan, -np.inf])
def test_nan_is_no_result_and_neither_is_one_that_cannot_be_beaten(none, window):
    rate = greedy(1.0, factor=0.5, patience=0, window=window)
    clean, expected = fed_results(rate, [4.0, 2.0, 3.0, 1.0])
    found, state = fed_results(rate, [none, 4.0, 2.0, none, none, 3.0, 1.0, none])
    np.testing.assert_array_equal(found, [1, *clean[[0, 1, 1, 1, 2, 3, 3]]])
    jax.tree.map(np.testing.assert_array_equal, state, expected)


def test_a_step_without_a_result_changes_nothing():
    tx, x = sgd(greedy(linear(1.0, 10), factor=0.5, patience=0)), jnp.ones(1)
    _, before = tx.update(x, tx.init(x), x, value=1.0)
    _, after = tx.update(x, before, x)
    assert jax.tree.leaves(after.rate) == jax.tree.leaves(before.rate)
    np.testing.assert_allclose(learning_rate(after), 2 * linear(1.0, 10)(1))


def test_more_is_better_with_max():
    found, _ = fed_results(greedy(1.0, factor=0.5, patience=0, mode="max"), [-3.0, -2.0, -2.0])
    np.testing.assert_allclose(found, [2, 4, 2])


def test_bad_arguments_are_refused():
    for arguments, message in {
        ("factor", 1.5): r"greedy: factor must be in \(0, 1\), got 1.5",
        ("growth", 0.5): "greedy: growth must be finite and >= 1, got 0.5",
        ("window", 0): "greedy: window must be a whole number >= 1, got 0",
        ("mode", "up"): "greedy: mode must be one of min, max, got 'up'",
        ("ceiling", 0.0): "greedy: ceiling must be finite and > 0, got 0.0",
        ("window", 2.5): "greedy: window must be a whole number >= 1, got 2.5",
        ("reset_after", 1.5): "greedy: reset_after must be a whole number >= 1, got 1.5",
        ("patience", -1): "greedy: patience must be a whole number >= 0, got -1",
        ("cooldown", 0.5): "greedy: cooldown must be a whole number >= 0, got 0.5",
        ("warmup", 0.5): "greedy: warmup must be a whole number >= 0, got 0.5",
        ("threshold_mode", "any"): "greedy: threshold_mode must be one of rel, signed, abs, got 'any'",
    }.items():
        with pytest.raises(ValueError, match=message):
            greedy(0.1, **dict([arguments]))
    with pytest.raises(ValueError, match="greedy: ceiling must be finite and > floor, 0.2, got 0.1"):
        greedy(0.1, floor=0.2, ceiling=0.1)
