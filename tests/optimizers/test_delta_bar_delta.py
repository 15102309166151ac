"""Tests of `delta_bar_delta`."""

import jax.numpy as jnp
import numpy as np
import pytest
from laws import OptimizerLaws
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import delta_bar_delta, sgd
from lropt_jax.schedules import linear, piecewise


class TestLaws(OptimizerLaws):
    specimen = delta_bar_delta(0.1)


class TestLawsOfTSNE(OptimizerLaws):
    specimen = delta_bar_delta(linear(0.1, 50), theta=None, momentum=0.8, at_zero="shrink")


class TestLawsWithBothMemories(OptimizerLaws):
    specimen = delta_bar_delta(0.1, theta=0.5, momentum=0.5, min_gain=0.9)


def test_it_is_the_paper():
    x, rate, bar = START.copy(), np.full(4, 0.05), np.zeros(4)
    for step in range(200):
        g = noisy(x, step)
        rate = np.where(bar * g > 0, rate + 0.01, np.where(bar * g < 0, rate - 0.3 * rate, rate))
        x = x - rate * g
        bar = (1 - 0.7) * g + 0.7 * bar
    tx = delta_bar_delta(0.05, kappa=0.01 / 0.05, phi=0.3, min_gain=0.0)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], x, atol=1e-10)


def test_it_is_the_gradient_descent_of_t_sne():
    p, update, gains = START.copy(), np.zeros(4), np.ones(4)
    for step in range(200):
        g = noisy(p, step)
        same = update * g < 0
        gains[same] += 0.2
        gains[~same] *= 0.8
        gains = np.maximum(gains, 0.01)
        update = (0.5 if step < 50 else 0.8) * update - 0.02 * gains * g
        p = p + update
    tx = delta_bar_delta(0.02, theta=None, momentum=piecewise((0.5, 0.8), (50,)), at_zero="shrink")
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], p, atol=1e-10)


def test_gains_that_do_not_change_are_gradient_descent_with_momentum():
    fixed = delta_bar_delta(0.1, kappa=0.0, phi=0.0, theta=None, momentum=0.9)
    ours, plain = (trajectory(tx, START, noisy, 50) for tx in (fixed, sgd(0.1, momentum=0.9)))
    np.testing.assert_allclose(ours, plain, atol=1e-12)


def gains(tx, gradients):
    """The gains after each of these gradients of one parameter."""
    state, seen = tx.init(jnp.zeros(1)), []
    for gradient in gradients:
        _, state = tx.update(jnp.full(1, gradient), state)
        seen.append(float(state.gains[0]))
    return seen


def test_at_zero_a_gain_keeps_its_value_or_shrinks():
    keeping, shrinking = delta_bar_delta(0.1), delta_bar_delta(0.1, at_zero="shrink")
    np.testing.assert_allclose(gains(keeping, [0.0, 1.0, 0.0, 1.0]), [1, 1, 1, 1.2], rtol=1e-6)
    np.testing.assert_allclose(gains(shrinking, [0.0, 1.0, 0.0, 1.0]), [0.8, 0.64, 0.512, 0.712], rtol=1e-6)


def test_no_gain_falls_below_the_least():
    swinging = gains(delta_bar_delta(0.1, phi=0.5, theta=0.0, min_gain=0.2), [1.0, -1.0, 1.0, -1.0, 1.0])
    np.testing.assert_allclose(swinging, [1, 0.5, 0.25, 0.2, 0.2], rtol=1e-6)


def test_gains_know_signs_where_the_product_of_gradients_underflows():
    np.testing.assert_allclose(gains(delta_bar_delta(0.1), [1e-25, 1e-25, -1e-24]), [1, 1.2, 0.96], rtol=1e-6)


def test_gains_do_not_depend_on_the_scale_of_the_gradients():
    large, small = [3.0, 1.0, -2.0, -1.0], [3e-6, 1e-6, -2e-6, -1e-6]
    assert gains(delta_bar_delta(0.1), large) == gains(delta_bar_delta(0.1), small)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="delta_bar_delta: kappa must be finite and >= 0, got -1"):
        delta_bar_delta(0.1, kappa=-1)
    with pytest.raises(ValueError, match="delta_bar_delta: phi must be in \\[0, 1\\], got 1.5"):
        delta_bar_delta(0.1, phi=1.5)
    with pytest.raises(ValueError, match="delta_bar_delta: theta must be in \\[0, 1\\), got 1.0"):
        delta_bar_delta(0.1, theta=1.0)
    with pytest.raises(ValueError, match="delta_bar_delta: momentum must be in \\[0, 1\\), got 1.0"):
        delta_bar_delta(0.1, momentum=1.0)
    with pytest.raises(ValueError, match="delta_bar_delta: at_zero must be one of keep, shrink, got 'grow'"):
        delta_bar_delta(0.1, at_zero="grow")
    with pytest.raises(ValueError, match="delta_bar_delta: theta must be a number without momentum, got None"):
        delta_bar_delta(0.1, theta=None)
