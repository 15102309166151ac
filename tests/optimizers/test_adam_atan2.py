"""Tests of `adam_atan2`."""

import jax.numpy as jnp
import numpy as np
import pytest
from laws import OptimizerLaws
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import adam, adam_atan2
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = adam_atan2(linear(0.1, 50), b1=0.8, b2=0.95, a=1.1, b=0.8, weight_decay=0.05)


def test_it_is_the_paper():
    x, mu, nu = START.copy(), np.zeros(4), np.zeros(4)
    for t in range(1, 201):
        g = noisy(x, t - 1)
        mu, nu = 0.9 * mu + 0.1 * g, 0.99 * nu + 0.01 * g**2
        angle = np.arctan2(mu / (1 - 0.9**t), 0.8 * np.sqrt(nu / (1 - 0.99**t)))
        x = x - 0.05 * (1.5 * angle + 0.1 * x)
    tx = adam_atan2(0.05, b2=0.99, a=1.5, b=0.8, weight_decay=0.1)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], x, atol=1e-10)


def test_with_a_steep_angle_it_is_adam_without_eps():
    ours = trajectory(adam_atan2(0.1, a=1e5, b=1e5), START, noisy, 100)
    np.testing.assert_allclose(ours, trajectory(adam(0.1, eps=0.0), START, noisy, 100), atol=1e-6)


def test_it_ignores_the_scale_of_the_gradients_where_adam_does_not():
    def move(optimizer, scale):
        return trajectory(optimizer(0.1), START, lambda x, step: scale * noisy(x, step), 20)

    np.testing.assert_allclose(move(adam_atan2, 1e-12), move(adam_atan2, 1.0), atol=1e-9)
    assert not np.allclose(move(adam, 1e-12), move(adam, 1.0), atol=0.1)


def test_no_coordinate_moves_further_than_twice_the_rate():
    tx, x = adam_atan2(0.1, b2=0.999), jnp.zeros(1)
    state = tx.init(x)
    for size in (1e-4, 1e-4, 1e-4, 1e4, 0.0, 0.0):
        updates, state = tx.update(jnp.array([size]), state)
        assert abs(float(updates[0])) <= 0.2


def test_complex_numbers_turn_with_their_phase():
    tx = adam_atan2(0.1)
    for g in (jnp.array([3 + 4j, 0]), jnp.array([-2j, 1e-8])):
        updates, _ = tx.update(g, tx.init(jnp.zeros(2, jnp.complex64)))
        np.testing.assert_allclose(updates, -0.1 * np.where(g == 0, 0, g / np.maximum(np.abs(g), 1e-9)), atol=1e-3)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="adam_atan2: b must be finite and > 0, got 0"):
        adam_atan2(0.1, b=0)
    with pytest.raises(TypeError, match="eps"):
        adam_atan2(0.1, eps=1e-8)
