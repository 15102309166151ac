"""Tests of `rmsprop`."""

import numpy as np
import optax
import pytest
from golden_values import optimizer_cases
from golden_values import trajectory as golden
from laws import OptimizerLaws
from trajectories import START, as_schedule, golden_trajectory, noisy, trajectory

from lropt_jax.optimizers import decay, rmsprop
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = rmsprop(0.01)


class TestLawsWithEverything(OptimizerLaws):
    specimen = rmsprop(linear(0.01, 50), centered=True, momentum=0.9, eps=1e-3, initial_accumulator_value=1.0)


class TestLawsWithEpsInside(OptimizerLaws):
    specimen = rmsprop(0.01, eps_in_sqrt=True, momentum=0.5)


class TestLawsOfOptax(OptimizerLaws):
    specimen = rmsprop(
        linear(0.01, 50), eps=0.1, eps_in_sqrt=True, bias_correction=True, centered=True, momentum=0.5, nesterov=True,
        rate_in_momentum=True, weight_decay=0.05,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "tx"),
    [
        ("default", rmsprop(0.01, decay=0.99)),
        ("centered", rmsprop(0.01, decay=0.99, centered=True)),
        ("momentum", rmsprop(0.01, decay=0.99, momentum=0.9)),
        ("centered_momentum", rmsprop(0.01, decay=0.9, centered=True, momentum=0.9)),
        ("l2", rmsprop(0.01, decay=0.95, eps=1e-4, weight_decay=decay(0.1, goes_with="gradients"))),
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
    rate, both = linear(0.01, 40), {"eps": 1e-4, "eps_in_sqrt": inside, "centered": centered, "bias_correction": inside}
    ours = rmsprop(rate, **both, momentum=0.9, nesterov=centered, rate_in_momentum=True)
    theirs = optax.rmsprop(rate, **both, momentum=0.9, nesterov=centered)
    np.testing.assert_allclose(trajectory(ours, START, noisy, 50), trajectory(theirs, START, noisy, 50), atol=1e-10)


def test_at_a_constant_rate_it_does_not_matter_where_the_rate_enters():
    late, early = (rmsprop(0.01, momentum=0.9, nesterov=True, rate_in_momentum=where) for where in (False, True))
    np.testing.assert_allclose(trajectory(early, START, noisy, 50), trajectory(late, START, noisy, 50), atol=1e-12)


def test_with_bias_correction_the_first_update_is_the_rate():
    update = trajectory(rmsprop(0.01, bias_correction=True), START, lambda x, step: np.full(4, 1e3), 1)[1] - START
    np.testing.assert_allclose(update, -0.01, rtol=1e-9)


@pytest.mark.parametrize("rate_in_momentum", [False, True])
def test_decoupled_decay_passes_the_momentum_by(rate_in_momentum):
    tx = rmsprop(linear(0.1, 10), momentum=0.9, rate_in_momentum=rate_in_momentum, weight_decay=0.5)
    ours = trajectory(tx, START, lambda x, step: 0 * x, 3)
    np.testing.assert_allclose(ours[-1], START * (1 - 0.05) * (1 - 0.045) * (1 - 0.04), atol=1e-12)


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
    with pytest.raises(ValueError, match="rmsprop: nesterov must be False without momentum, got True; give momentum"):
        rmsprop(0.1, nesterov=True)
    with pytest.raises(ValueError, match="rmsprop: weight_decay must be finite and >= 0, got -0.1"):
        rmsprop(0.1, momentum=0.9, rate_in_momentum=True, weight_decay=-0.1)
    tx = rmsprop(0.1, momentum=0.9, rate_in_momentum=True, weight_decay=0.1)
    with pytest.raises(ValueError, match="rmsprop: update needs params for weight_decay; call tx.update"):
        tx.update(START, tx.init(START))
