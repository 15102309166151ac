"""Tests of `rmsprop`."""

import numpy as np
import optax
import pytest
from golden_values import optimizer_cases
from golden_values import trajectory as golden
from laws import OptimizerLaws
from trajectories import START, as_schedule, golden_trajectory, noisy, trajectory

from lropt_jax import chain, lift
from lropt_jax.optimizers import rmsprop
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = rmsprop(0.01)


class TestLawsWithEverything(OptimizerLaws):
    specimen = rmsprop(linear(0.01, 50), centered=True, momentum=0.9, eps=1e-3, initial_accumulator_value=1.0)


class TestLawsWithEpsInside(OptimizerLaws):
    specimen = rmsprop(0.01, eps_in_sqrt=True, momentum=0.5)


@pytest.mark.parametrize(
    ("name", "tx"),
    [
        ("default", rmsprop(0.01, decay=0.99)),
        ("centered", rmsprop(0.01, decay=0.99, centered=True)),
        ("momentum", rmsprop(0.01, decay=0.99, momentum=0.9)),
        ("centered_momentum", rmsprop(0.01, decay=0.9, centered=True, momentum=0.9)),
        ("l2", chain(lift(optax.add_decayed_weights)(0.1), rmsprop(0.01, decay=0.95, eps=1e-4))),
    ],
)
def test_it_is_torch_rmsprop(name, tx):
    case = optimizer_cases("RMSprop")[name]
    np.testing.assert_allclose(golden_trajectory(tx, case), golden(case), atol=1e-9)


def test_a_scheduled_rate_multiplies_the_whole_momentum_as_in_torch():
    case = optimizer_cases("with_schedule")["RMSprop_momentum"]
    tx = rmsprop(as_schedule(np.array(case["lrs"])), decay=0.99, momentum=0.9)
    np.testing.assert_allclose(golden_trajectory(tx, case), golden(case), atol=1e-9)


@pytest.mark.parametrize("centered", [False, True])
@pytest.mark.parametrize("inside", [False, True])
def test_it_is_optax_rmsprop(centered, inside):
    ours = rmsprop(0.01, eps=1e-4, eps_in_sqrt=inside, centered=centered, momentum=0.9)
    theirs = optax.rmsprop(0.01, eps=1e-4, eps_in_sqrt=inside, centered=centered, momentum=0.9)
    np.testing.assert_allclose(trajectory(ours, START, noisy, 50), trajectory(theirs, START, noisy, 50), atol=1e-10)


def test_it_is_the_paper():
    x, nu, mu, m = START.copy(), np.zeros(4), np.zeros(4), np.zeros(4)
    for step in range(200):
        g = noisy(x, step)
        nu, mu = 0.95 * nu + 0.05 * g**2, 0.95 * mu + 0.05 * g
        m = 0.9 * m + g / np.sqrt(nu - mu**2 + 1e-4)
        x = x - 1e-3 * m
    tx = rmsprop(1e-3, decay=0.95, eps=1e-4, eps_in_sqrt=True, centered=True, momentum=0.9)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], x, atol=1e-10)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="rmsprop: decay must be in \\[0, 1\\), got 1.5"):
        rmsprop(0.1, decay=1.5)
    with pytest.raises(ValueError, match="rmsprop: momentum must be in \\[0, 1\\), got -0.5"):
        rmsprop(0.1, momentum=-0.5)
