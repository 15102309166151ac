"""Tests of `adabelief`."""

import numpy as np
import optax
import pytest
from laws import OptimizerLaws
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import adabelief
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = adabelief(0.1)


class TestLawsWithEps(OptimizerLaws):
    specimen = adabelief(linear(0.1, 50), b1=0.8, b2=0.95, eps=1e-3, eps_root=1e-6, weight_decay=0.05)


def test_it_is_optax_adabelief():
    ours, theirs = adabelief(0.1), optax.adabelief(0.1)
    np.testing.assert_allclose(trajectory(ours, START, noisy, 100), trajectory(theirs, START, noisy, 100), atol=1e-12)


def test_it_is_the_paper():
    x, mu, nu = START.copy(), np.zeros(4), np.zeros(4)
    for t in range(1, 201):
        g = noisy(x, t - 1)
        mu = 0.9 * mu + 0.1 * g
        nu = 0.99 * nu + 0.01 * (g - mu) ** 2 + 1e-8
        x = x - 0.05 * (mu / (1 - 0.9**t)) / (np.sqrt(nu / (1 - 0.99**t)) + 1e-8)
    tx = adabelief(0.05, b2=0.99, eps=1e-8, eps_root=1e-8)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], x, atol=1e-10)


def test_it_decays_as_the_authors_decouple_it():
    x, mu, nu = START.copy(), np.zeros(4), np.zeros(4)
    for t in range(1, 51):
        x, g = x * (1 - 0.05 * 0.1), noisy(x, t - 1)
        mu = 0.9 * mu + 0.1 * g
        nu = 0.99 * nu + 0.01 * (g - mu) ** 2 + 1e-8
        x = x - 0.05 * (mu / (1 - 0.9**t)) / (np.sqrt(nu / (1 - 0.99**t)) + 1e-8)
    tx = adabelief(0.05, b2=0.99, eps=1e-8, eps_root=1e-8, weight_decay=0.1)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 50)[-1], x, atol=1e-10)


def test_on_a_constant_gradient_it_begins_above_the_rate_and_grows():
    path = trajectory(adabelief(0.1), [0.0], lambda x, step: np.ones(1), 100)[:, 0]
    steps = -np.diff(path)
    np.testing.assert_allclose(steps[0], 0.1 / 0.9, rtol=1e-9)
    assert np.all(np.diff(steps) > 0)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="adabelief: eps_root must be finite and >= 0, got -1"):
        adabelief(0.1, eps_root=-1)
    with pytest.raises(ValueError, match="adabelief: b2 must be in \\[0, 1\\), got 1.0"):
        adabelief(0.1, b2=1.0)
