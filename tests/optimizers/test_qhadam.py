"""Tests of `qhadam`."""

import numpy as np
import pytest
from golden_values import optimizer_cases
from laws import OptimizerLaws
from osc_peer import assert_osc
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import adam, decay, qhadam, rmsprop
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = qhadam(linear(0.1, 50), b1=0.8, b2=0.95, nu1=0.6, nu2=0.9, eps=1e-4, weight_decay=0.05)


@pytest.mark.parametrize(("nu1", "nu2"), [(0.7, 1.0), (0.8, 0.7)])
def test_it_is_the_paper(nu1, nu2):
    x, mu, nu = START.copy(), np.zeros(4), np.zeros(4)
    for t in range(1, 201):
        g = noisy(x, t - 1)
        mu, nu = 0.95 * mu + 0.05 * g, 0.99 * nu + 0.01 * g**2
        mixed = (1 - nu1) * g + nu1 * mu / (1 - 0.95**t)
        squares = (1 - nu2) * g**2 + nu2 * nu / (1 - 0.99**t)
        x = x - 0.05 * (mixed / (np.sqrt(squares) + 1e-8) + 0.1 * x)
    tx = qhadam(0.05, b1=0.95, b2=0.99, nu1=nu1, nu2=nu2, weight_decay=0.1)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], x, atol=1e-10)


def test_it_is_the_authors_program():
    """Which moves the averages by shares of their present weights."""
    x, mu, nu, weights = START.copy(), np.zeros(4), np.zeros(4), [0.0, 0.0]
    for step in range(200):
        g = noisy(x, step)
        weights = [1 + b * w for b, w in zip((0.995, 0.999), weights, strict=True)]
        keep1, keep2 = (1 - 1 / w for w in weights)
        mu, nu = keep1 * mu + (1 - keep1) * g, keep2 * nu + (1 - keep2) * g**2
        x = x - 0.05 * (0.7 * mu + 0.3 * g) / (np.sqrt(nu) + 1e-8)
    np.testing.assert_allclose(trajectory(qhadam(0.05), START, noisy, 200)[-1], x, atol=1e-10)


def test_its_ends_are_adam_and_what_has_no_momentum():
    for ours, theirs in (
        (qhadam(0.1, b1=0.9, nu1=1.0), adam(0.1)),
        (qhadam(0.1, nu1=0.0), adam(0.1, b1=0.0)),
        (qhadam(0.1, b2=0.0, nu1=0.0), rmsprop(0.1, decay=0.0)),
    ):
        np.testing.assert_allclose(trajectory(ours, START, noisy, 50), trajectory(theirs, START, noisy, 50), atol=1e-7)


def test_a_share_of_squares_limits_the_step_of_one_large_gradient():
    rng = np.random.default_rng(1)

    def surprising(x, step):
        return rng.normal(size=4) * (1e6 if step == 99 else 1.0)

    path = trajectory(qhadam(0.1, nu1=0.0, nu2=0.75), START, surprising, 100)
    assert np.abs(path[-1] - path[-2]).max() <= 0.1 / np.sqrt(0.25)
    path = trajectory(qhadam(0.1, nu1=0.0), START, surprising, 100)
    assert np.abs(path[-1] - path[-2]).max() > 0.5


def test_it_is_pytorch_optimizers_qhadam_to_the_precision_of_its_float32_weights():
    cases = optimizer_cases("QHAdam", "pytorch_optimizer")
    assert_osc(qhadam(0.05, b1=0.9, nu1=1.0), cases["default"], 1e-6)
    assert_osc(qhadam(0.05, nu2=0.9), cases["nus"], 1e-6)
    l2 = decay(0.1, goes_with="gradients")
    assert_osc(qhadam(0.05, b1=0.9, b2=0.99, nu1=0.8, weight_decay=l2), cases["l2"], 1e-6)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="qhadam: nu1 must be in \\[0, 1\\], got 1.1"):
        qhadam(0.1, nu1=1.1)
    with pytest.raises(ValueError, match="qhadam: nu2 must be in \\[0, 1\\], got -0.1"):
        qhadam(0.1, nu2=-0.1)
