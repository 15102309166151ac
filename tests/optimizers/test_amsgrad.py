"""Tests of `amsgrad`."""

import numpy as np
import optax
import pytest
from golden_values import optimizer_cases
from golden_values import trajectory as golden
from laws import OptimizerLaws
from trajectories import START, golden_trajectory, noisy, trajectory

from lropt_jax.optimizers import amsgrad
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = amsgrad(0.1)


class TestLawsOfThePaper(OptimizerLaws):
    specimen = amsgrad(linear(0.1, 50), b2=0.9, eps=0.0, bias_correction=False, weight_decay=0.05)


@pytest.mark.parametrize(
    ("name", "tx"),
    [
        ("adam", amsgrad(0.05)),
        ("short_b2", amsgrad(0.05, b2=0.8)),
        ("adamw_wd", amsgrad(0.05, b2=0.7, weight_decay=0.1)),
    ],
)
def test_it_is_torch_amsgrad(name, tx):
    case = optimizer_cases("AMSGrad")[name]
    np.testing.assert_allclose(golden_trajectory(tx, case), golden(case), atol=1e-9)


def test_it_is_optax_amsgrad_with_its_argument():
    ours, theirs = amsgrad(0.1, b2=0.9, max_of_corrected=True), optax.amsgrad(0.1, b2=0.9)
    np.testing.assert_allclose(trajectory(ours, START, noisy, 50), trajectory(theirs, START, noisy, 50), atol=1e-12)


def test_it_is_the_paper_without_bias_correction():
    x, mu, nu, largest = START.copy(), np.zeros(4), np.zeros(4), np.zeros(4)
    for step in range(200):
        g = noisy(x, step)
        mu, nu = 0.9 * mu + 0.1 * g, 0.9 * nu + 0.1 * g**2
        largest = np.maximum(largest, nu)
        x = x - 0.05 * np.divide(mu, np.sqrt(largest), where=largest > 0, out=np.zeros(4))
    ours = trajectory(amsgrad(0.05, b2=0.9, eps=0.0, bias_correction=False), START, noisy, 200)
    np.testing.assert_allclose(ours[-1], x, atol=1e-10)


def test_it_ignores_the_scale_of_the_gradients():
    one = trajectory(amsgrad(0.1, eps=0.0), START, noisy, 20)
    two = trajectory(amsgrad(0.1, eps=0.0), START, lambda x, step: 1e-6 * noisy(x, step), 20)
    np.testing.assert_allclose(one, two, atol=1e-9)


def test_a_large_gradient_is_never_forgotten():
    burst = trajectory(amsgrad(0.1, b1=0.0, b2=0.5), [0.0], lambda x, step: np.full(1, 1.0 if step else 100.0), 60)
    np.testing.assert_allclose(burst[-2] - burst[-1], 0.1 / np.sqrt(5000), rtol=1e-6)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="amsgrad: b2 must be in \\[0, 1\\), got 1.0"):
        amsgrad(0.1, b2=1.0)
    with pytest.raises(ValueError, match="amsgrad: eps must be finite and >= 0, got -1"):
        amsgrad(0.1, eps=-1)
