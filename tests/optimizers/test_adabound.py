"""Tests of `adabound`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import OptimizerLaws
from trajectories import START, as_schedule, noisy, trajectory

from lropt_jax.optimizers import adabound, adam, amsgrad, sgd
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = adabound(0.1)


class TestLawsOfAMSBound(OptimizerLaws):
    specimen = adabound(
        linear(0.1, 50), eps=0.0, final_rate=2.0, gamma=0.5, amsbound=True, bias_correction=False, weight_decay=0.05
    )


@pytest.mark.parametrize("amsbound", [False, True])
def test_it_is_the_paper_with_its_rate_over_the_root_of_the_step(amsbound):
    x, m, v, largest = START.copy(), np.zeros(4), np.zeros(4), np.zeros(4)
    rates = 0.05 / np.sqrt(np.arange(1, 201))
    for t in range(1, 201):
        g = noisy(x, t - 1)
        m, v = 0.9 * m + 0.1 * g, 0.95 * v + 0.05 * g**2
        largest = np.maximum(largest, v) if amsbound else v
        with np.errstate(divide="ignore"):
            rate = np.clip(0.05 / np.sqrt(largest), 0.1 - 0.1 / (0.05 * t + 1), 0.1 + 0.1 / (0.05 * t))
        x = x - rate / np.sqrt(t) * m
    numbers = {"b2": 0.95, "eps": 0.0, "final_rate": 0.1 / 0.05, "gamma": 0.05}
    tx = adabound(as_schedule(rates), **numbers, amsbound=amsbound, bias_correction=False)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], x, atol=1e-10)


def test_under_a_schedule_its_bounds_follow_the_rate_as_in_the_authors_program():
    x, m, v, base, final = START.copy(), np.zeros(4), np.zeros(4), 0.05, 0.2
    for t in range(1, 201):
        g, rate = noisy(x, t - 1), base * (1 - (t - 1) / 200)
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g**2
        step = rate * np.sqrt(1 - 0.99**t) / (1 - 0.9**t) / (np.sqrt(v) + 1e-3)
        meet = final * rate / base
        x = x - np.clip(step, meet * (1 - 1 / (0.01 * t + 1)), meet * (1 + 1 / (0.01 * t))) * m
    before = lambda step: 1e-3 / jnp.sqrt(1 - 0.99 ** (step + 1.0))  # noqa: E731
    tx = adabound(linear(base, 200), b2=0.99, eps=before, final_rate=final / base, gamma=0.01)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], x, atol=1e-10)


@pytest.mark.parametrize(("amsbound", "relative"), [(False, adam), (True, amsgrad)])
def test_before_the_bounds_close_in_it_is_its_relative(amsbound, relative):
    ours = trajectory(adabound(0.1, gamma=1e-12, amsbound=amsbound), START, noisy, 50)
    np.testing.assert_allclose(ours, trajectory(relative(0.1), START, noisy, 50), atol=1e-12)


def test_where_the_bounds_meet_it_is_gradient_descent_with_momentum():
    ours = trajectory(adabound(0.1, final_rate=2.0, gamma=1e15), START, noisy, 50)
    plain = trajectory(sgd(0.2, momentum=0.9, dampening=0.9), START, noisy, 50)
    np.testing.assert_allclose(ours, plain, atol=1e-12)


def test_tiny_gradients_move_by_the_upper_bound_and_have_slopes():
    def first(tx):
        return tx.update(jnp.full(1, 1e-25), tx.init(jnp.zeros(1)))[0][0]

    tx = adabound(0.1, b1=0.0, eps=0.0, final_rate=2.0, gamma=1.0)
    np.testing.assert_allclose(first(tx), -0.1 * 2.0 * 2 * 1e-25, rtol=1e-6)
    assert all(np.isfinite(slope) for slope in jax.tree.leaves(jax.grad(first)(tx)))


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="adabound: final_rate must be finite and > 0, got 0.0"):
        adabound(0.1, final_rate=0.0)
    with pytest.raises(ValueError, match="adabound: gamma must be finite and > 0, got 0"):
        adabound(0.1, gamma=0)
    with pytest.raises(ValueError, match="adabound: b1 must be in \\[0, 1\\), got 1.0"):
        adabound(0.1, b1=1.0)
