"""Tests of `adamax`."""

import numpy as np
import optax
import pytest
from golden_values import optimizer_cases
from golden_values import trajectory as golden
from laws import OptimizerLaws
from trajectories import START, golden_trajectory, noisy, trajectory

from lropt_jax.optimizers import adamax, decay
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = adamax(0.1)


class TestLawsWithEps(OptimizerLaws):
    specimen = adamax(linear(0.1, 50), b1=0.8, b2=0.9, eps=1e-4, weight_decay=0.05)


@pytest.mark.parametrize(
    ("name", "tx"),
    [
        ("default", adamax(0.02, eps=1e-8)),
        ("wd", adamax(0.02, b1=0.8, b2=0.9, eps=1e-4, weight_decay=decay(0.1, goes_with="gradients"))),
    ],
)
def test_it_is_torch_adamax(name, tx):
    case = optimizer_cases("Adamax")[name]
    np.testing.assert_allclose(golden_trajectory(tx, case), golden(case), atol=1e-9)


def test_it_is_optax_adamax_with_its_eps():
    ours, theirs = adamax(0.1, b2=0.9, eps=1e-8), optax.adamax(0.1, b2=0.9)
    np.testing.assert_allclose(trajectory(ours, START, noisy, 50), trajectory(theirs, START, noisy, 50), atol=1e-12)


def test_with_decay_it_is_optax_adamaxw():
    ours, theirs = adamax(0.1, eps=1e-8, weight_decay=0.1), optax.adamaxw(0.1, weight_decay=0.1)
    np.testing.assert_allclose(trajectory(ours, START, noisy, 50), trajectory(theirs, START, noisy, 50), atol=1e-12)


def test_it_is_the_paper():
    x, mu, nu = START.copy(), np.zeros(4), np.zeros(4)
    for t in range(1, 201):
        g = noisy(x, t - 1)
        mu, nu = 0.9 * mu + 0.1 * g, np.maximum(0.95 * nu, np.abs(g))
        x = x - 0.05 / (1 - 0.9**t) * np.divide(mu, nu, where=nu > 0, out=np.zeros(4))
    np.testing.assert_allclose(trajectory(adamax(0.05, b2=0.95), START, noisy, 200)[-1], x, atol=1e-10)


def test_it_ignores_the_scale_of_the_gradients():
    one = trajectory(adamax(0.1), START, noisy, 20)
    two = trajectory(adamax(0.1), START, lambda x, step: 1e-6 * noisy(x, step), 20)
    np.testing.assert_allclose(one, two, atol=1e-9)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="adamax: b1 must be in \\[0, 1\\), got -0.1"):
        adamax(0.1, b1=-0.1)
    with pytest.raises(ValueError, match="adamax: eps must be finite and >= 0, got -1"):
        adamax(0.1, eps=-1)
