"""Tests of `rprop`."""

import jax.numpy as jnp
import numpy as np
import pytest
from golden_values import optimizer_cases
from golden_values import trajectory as golden
from laws import OptimizerLaws
from trajectories import START, golden_trajectory, noisy, trajectory

from lropt_jax.optimizers import rprop
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = rprop(0.1)


class TestLawsWithNarrowLimits(OptimizerLaws):
    specimen = rprop(linear(0.1, 50), eta_plus=1.3, eta_minus=0.4, min_step=0.9, max_step=1.5)


@pytest.mark.parametrize(
    ("name", "tx"),
    [
        ("default", rprop(0.01, min_step=1e-6 / 0.01, max_step=50 / 0.01)),
        ("etas", rprop(0.05, eta_minus=0.4, eta_plus=1.3, min_step=1e-4 / 0.05, max_step=0.5 / 0.05)),
    ],
)
def test_it_is_torch_rprop(name, tx):
    case = optimizer_cases("Rprop")[name]
    np.testing.assert_allclose(golden_trajectory(tx, case), golden(case), atol=1e-9)


def test_it_is_the_paper():
    x, delta, before = START.copy(), np.full(4, 0.1), np.zeros(4)
    for step in range(200):
        g = noisy(x, step)
        same, other = g * before > 0, g * before < 0
        delta[same] = np.minimum(1.2 * delta[same], 0.3)
        delta[other] = np.maximum(0.5 * delta[other], 0.01)
        g[other] = 0
        x, before = x - delta * np.sign(g), g
    tx = rprop(0.1, min_step=0.1, max_step=3.0)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], x, atol=1e-10)


def moves(tx, gradients):
    """Updates for these gradients of one parameter."""
    return np.diff(trajectory(tx, np.zeros(1), lambda x, step: np.full(1, gradients[step]), len(gradients))[:, 0])


def test_a_step_is_adapted_before_it_is_taken():
    np.testing.assert_allclose(moves(rprop(0.1), [2.0, 3.0, 1.0]), [-0.1, -0.12, -0.144], atol=1e-12)


def test_after_a_change_of_sign_it_waits_and_then_takes_the_shrunk_step():
    np.testing.assert_allclose(moves(rprop(0.1), [1.0, -1.0, -1.0, -1.0]), [-0.1, 0, 0.05, 0.06], atol=1e-12)


def test_steps_stay_within_limits_in_units_of_the_rate():
    up = moves(rprop(0.1, max_step=1.3), [1.0] * 4)
    np.testing.assert_allclose(up, [-0.1, -0.12, -0.13, -0.13], atol=1e-12)
    down = moves(rprop(0.1, min_step=0.4), [1.0, -1.0, -1.0, 1.0, 1.0])
    np.testing.assert_allclose(down, [-0.1, 0, 0.05, 0, -0.04], atol=1e-12)


def test_a_schedule_multiplies_every_step():
    falling = moves(rprop(linear(0.1, 4)), [1.0] * 4)
    np.testing.assert_allclose(falling, [-0.1, -0.75 * 0.12, -0.5 * 0.144, -0.25 * 0.1728], atol=1e-12)


def test_it_ignores_the_scale_of_the_gradients_also_where_their_product_underflows():
    tx, params = rprop(0.1), jnp.zeros(1)
    state, updates = tx.init(params), []
    for gradient in (1e-30, 1e-25, -1e-30):
        update, state = tx.update(jnp.full(1, gradient), state)
        updates.append(float(update[0]))
    np.testing.assert_allclose(updates, [-0.1, -0.12, 0], rtol=1e-6)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="rprop: eta_plus must be finite and >= 1, got 0.9"):
        rprop(0.1, eta_plus=0.9)
    with pytest.raises(ValueError, match="rprop: eta_minus must be in \\[0, 1\\), got 1.0"):
        rprop(0.1, eta_minus=1.0)
    with pytest.raises(ValueError, match="rprop: min_step must be in \\[0, 1\\], got 2"):
        rprop(0.1, min_step=2)
    with pytest.raises(ValueError, match="rprop: max_step must be finite and >= 1, got 0.5"):
        rprop(0.1, max_step=0.5)
