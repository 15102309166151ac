"""Tests of `nadam` and `nadamw`."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from golden_values import optimizer_cases
from golden_values import trajectory as golden
from laws import OptimizerLaws
from trajectories import START, as_schedule, golden_trajectory, noisy, trajectory

from lropt_jax.optimizers import decay, nadam, nadamw
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = nadam(0.1)


class TestLawsAsInOptax(OptimizerLaws):
    specimen = nadam(linear(0.1, 50), b1=0.8, b2=0.95, eps=1e-4, momentum_decay=None)


class TestLawsOfNAdamW(OptimizerLaws):
    specimen = nadamw(0.1, weight_decay=0.05)


class TestLawsOfNAdamWUnderSchedules(OptimizerLaws):
    specimen = nadamw(
        0.1, momentum_decay=None, weight_decay=decay(linear(0.05, 20), goes_with="schedule", peak=linear(0.1, 30))
    )


@pytest.mark.parametrize(
    ("name", "tx"),
    [
        ("default", nadam(0.02)),
        ("wd", nadamw(0.02, weight_decay=decay(0.1, goes_with="gradients"))),
        ("decoupled", nadamw(0.02, weight_decay=0.1)),
        ("mdecay", nadam(0.02, b2=0.95, momentum_decay=0.02)),
    ],
)
def test_it_is_torch_nadam(name, tx):
    case = optimizer_cases("NAdam")[name]
    np.testing.assert_allclose(golden_trajectory(tx, case), golden(case), atol=1e-9)


def test_a_scheduled_rate_multiplies_both_parts_as_in_torch():
    case = optimizer_cases("with_schedule")["NAdam"]
    np.testing.assert_allclose(
        golden_trajectory(nadam(as_schedule(np.array(case["lrs"]))), case), golden(case), atol=1e-9
    )


def test_it_is_optax_nadam_with_one_momentum():
    ours = trajectory(nadam(0.1, momentum_decay=None), START, noisy, 50)
    np.testing.assert_allclose(ours, trajectory(optax.nadam(0.1), START, noisy, 50), atol=1e-12)


def test_it_is_the_paper_under_a_schedule_of_b1():
    momentum = [0.99 * (1 - 0.5 * 0.96 ** (t / 250)) for t in range(1, 202)]
    x, mu, nu, product = START.copy(), np.zeros(4), np.zeros(4), 1.0
    for t in range(1, 201):
        g, a, ahead = noisy(x, t - 1), momentum[t - 1], momentum[t]
        product *= a
        mu, nu = a * mu + (1 - a) * g, 0.999 * nu + 0.001 * g**2
        corrected = ahead * mu / (1 - product * ahead) + (1 - a) * g / (1 - product)
        x = x - 0.05 * corrected / (np.sqrt(nu / (1 - 0.999**t)) + 1e-8)
    tx = nadam(0.05, b1=as_schedule(np.array(momentum)), momentum_decay=None)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], x, atol=1e-10)


def test_with_decay_and_one_momentum_it_is_optax_nadamw():
    ours = trajectory(nadamw(0.1, momentum_decay=None), START, noisy, 50)
    np.testing.assert_allclose(ours, trajectory(optax.nadamw(0.1), START, noisy, 50), atol=1e-12)


def test_the_mask_says_what_decays():
    params, zeros = {"w": jnp.ones(2), "b": jnp.ones(2)}, {"w": jnp.zeros(2), "b": jnp.zeros(2)}
    tx = nadamw(0.1, weight_decay=decay(0.5, mask={"w": True, "b": False}))
    updates, _ = tx.update(zeros, tx.init(params), params)
    np.testing.assert_allclose(updates["w"], -0.05 * np.ones(2))
    np.testing.assert_array_equal(updates["b"], np.zeros(2))


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="nadamw: momentum_decay must be finite and >= 0, got -1"):
        nadamw(0.1, momentum_decay=-1)
    with pytest.raises(ValueError, match="nadamw: weight_decay must be finite and >= 0, got -0.1"):
        nadamw(0.1, weight_decay=-0.1)
    with pytest.raises(ValueError, match="nadam: b1 must be in \\[0, 1\\), got 1.0"):
        nadam(0.1, b1=1.0)
    with pytest.raises(ValueError, match="nadam: momentum_decay must be finite and >= 0, got -1"):
        nadam(0.1, momentum_decay=-1)
