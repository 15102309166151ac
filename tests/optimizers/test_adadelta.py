"""Tests of `adadelta`."""

import numpy as np
import optax
import pytest
from golden_values import optimizer_cases
from golden_values import trajectory as golden
from laws import OptimizerLaws
from trajectories import START, golden_trajectory, noisy, trajectory

from lropt_jax.optimizers import adadelta, decay
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = adadelta(1.0)


class TestLawsUnderASchedule(OptimizerLaws):
    specimen = adadelta(linear(1.0, 50), decay=0.8, eps=1e-3, weight_decay=0.05)


@pytest.mark.parametrize(
    ("name", "tx"),
    [
        ("default", adadelta(decay=0.9)),
        ("lr.5", adadelta(0.5, eps=1e-4)),
        ("l2", adadelta(decay=0.9, eps=1e-3, weight_decay=decay(0.1, goes_with="gradients"))),
    ],
)
def test_it_is_torch_adadelta(name, tx):
    case = optimizer_cases("Adadelta")[name]
    np.testing.assert_allclose(golden_trajectory(tx, case), golden(case), atol=1e-9)


def test_it_is_optax_adadelta_with_its_decay():
    ours, theirs = adadelta(0.5, decay=0.9), optax.adadelta(0.5)
    np.testing.assert_allclose(trajectory(ours, START, noisy, 100), trajectory(theirs, START, noisy, 100), atol=1e-12)


def test_it_is_the_paper():
    x, e_g, e_x = START.copy(), np.zeros(4), np.zeros(4)
    for step in range(200):
        g = noisy(x, step)
        e_g = 0.95 * e_g + 0.05 * g**2
        d = np.sqrt(e_x + 1e-6) / np.sqrt(e_g + 1e-6) * g
        e_x = 0.95 * e_x + 0.05 * d**2
        x = x - d
    np.testing.assert_allclose(trajectory(adadelta(), START, noisy, 200)[-1], x, atol=1e-10)


def test_without_eps_nothing_moves():
    path = trajectory(adadelta(eps=0.0), START, noisy, 5)
    np.testing.assert_array_equal(path[-1], START)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="adadelta: decay must be in \\[0, 1\\), got 1.0"):
        adadelta(decay=1.0)
    with pytest.raises(ValueError, match="adadelta: eps must be finite and >= 0, got -1"):
        adadelta(eps=-1)
