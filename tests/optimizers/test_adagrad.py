"""Tests of `adagrad`."""

import numpy as np
import optax
import pytest
from golden_values import optimizer_cases
from golden_values import trajectory as golden
from laws import OptimizerLaws
from trajectories import START, golden_trajectory, noisy, trajectory

from lropt_jax.optimizers import adagrad, decay
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = adagrad(0.1)


class TestLawsAsInOptax(OptimizerLaws):
    specimen = adagrad(linear(0.1, 50), eps=1e-7, eps_in_sqrt=True, initial_accumulator_value=0.1, weight_decay=0.05)


@pytest.mark.parametrize(
    ("name", "tx"),
    [
        ("default", adagrad(0.1)),
        ("l2", adagrad(0.1, weight_decay=decay(0.1, goes_with="gradients"))),
        (
            "acc_decay",
            adagrad(lambda step: 0.5 / (1 + 0.1 * step), eps=1e-6, initial_accumulator_value=0.1),
        ),
    ],
)
def test_it_is_torch_adagrad(name, tx):
    case = optimizer_cases("Adagrad")[name]
    np.testing.assert_allclose(golden_trajectory(tx, case), golden(case), atol=1e-9)


def test_it_is_optax_adagrad_with_its_arguments():
    ours = trajectory(adagrad(0.1, eps=1e-7, eps_in_sqrt=True, initial_accumulator_value=0.1), START, noisy, 50)
    np.testing.assert_allclose(ours, trajectory(optax.adagrad(0.1), START, noisy, 50), atol=1e-12)


def test_it_is_the_paper():
    x, s = START.copy(), np.zeros(4)
    for step in range(200):
        g = noisy(x, step)
        s = s + g**2
        x = x - 0.3 * np.divide(g, np.sqrt(s) + 1e-10, where=s > 0, out=np.zeros(4))
    np.testing.assert_allclose(trajectory(adagrad(0.3), START, noisy, 200)[-1], x, atol=1e-10)


def test_it_ignores_the_scale_of_the_gradients():
    one = trajectory(adagrad(0.1, eps=0.0), START, noisy, 20)
    two = trajectory(adagrad(0.1, eps=0.0), START, lambda x, step: 1e4 * noisy(x, step), 20)
    np.testing.assert_allclose(one, two, atol=1e-9)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="adagrad: eps must be finite and >= 0, got -1"):
        adagrad(0.1, eps=-1)
    with pytest.raises(ValueError, match="adagrad: initial_accumulator_value must be finite and >= 0, got -0.1"):
        adagrad(0.1, initial_accumulator_value=-0.1)
