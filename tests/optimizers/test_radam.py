"""Tests of `radam`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from golden_values import optimizer_cases
from golden_values import trajectory as golden
from laws import OptimizerLaws
from trajectories import START, golden_trajectory, noisy, trajectory

from lropt_jax.optimizers import radam
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = radam(0.1)


class TestLawsWithAShortAverage(OptimizerLaws):
    specimen = radam(linear(0.1, 50), b1=0.8, b2=0.9, threshold=4.5, weight_decay=0.05)


def before(eps, decay):
    """PyTorch's place of eps: added before the root is corrected."""
    return lambda step: eps / jnp.sqrt(1 - decay ** (step + 1.0))


@pytest.mark.parametrize(
    ("name", "tx"),
    [
        ("default", radam(0.02, eps=before(1e-8, 0.999))),
        ("short", radam(0.02, b2=0.9, eps=before(1e-8, 0.9))),
        ("decoupled", radam(0.02, b1=0.8, b2=0.95, eps=before(1e-8, 0.95), weight_decay=0.1)),
    ],
)
def test_it_is_torch_radam(name, tx):
    case = optimizer_cases("RAdam")[name]
    np.testing.assert_allclose(golden_trajectory(tx, case), golden(case), atol=1e-9)


def test_it_is_optax_radam():
    ours, theirs = radam(0.1, b2=0.99), optax.radam(0.1, b2=0.99)
    np.testing.assert_allclose(trajectory(ours, START, noisy, 50), trajectory(theirs, START, noisy, 50), atol=1e-9)


def test_it_is_the_paper():
    x, mu, nu, limit = START.copy(), np.zeros(4), np.zeros(4), 2 / (1 - 0.99) - 1
    for t in range(1, 201):
        g = noisy(x, t - 1)
        mu, nu = 0.9 * mu + 0.1 * g, 0.99 * nu + 0.01 * g**2
        length, step = limit - 2 * t * 0.99**t / (1 - 0.99**t), mu / (1 - 0.9**t)
        if length > 4:
            share = np.sqrt((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length))
            step = share * step * np.sqrt((1 - 0.99**t) / nu)
        x = x - 0.05 * step
    tx = radam(0.05, b2=0.99, eps=0.0, threshold=4.0)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], x, atol=1e-10)


@pytest.mark.parametrize(("b2", "momentum_steps"), [(0.9, 5), (0.999, 5), (0.9999, 5), (0.999999, 5)])
def test_float32_starts_to_divide_at_the_same_step_as_float64(b2, momentum_steps):
    tx, small = radam(1.0, b1=0.0, b2=b2), jnp.full(1, 1e-3)
    _, updates = jax.lax.scan(lambda s, _: tx.update(small, s)[::-1], tx.init(small), length=8)
    plain = np.isclose(updates[:, 0], -1e-3, rtol=1e-6, atol=0)
    assert plain.tolist() == [True] * momentum_steps + [False] * (8 - momentum_steps)


def test_in_the_end_it_is_adam():
    tx, ones = radam(0.1, b2=0.9), jnp.ones(1)
    state = tx.init(ones)._replace(count=jnp.int32(2**31 - 1), mu=ones, nu=ones)
    np.testing.assert_allclose(tx.update(ones, state)[0], -0.1, rtol=1e-6)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="radam: threshold must be finite and >= 4, got 3.0"):
        radam(0.1, threshold=3.0)
    with pytest.raises(ValueError, match="radam: b2 must be in \\[0, 1\\), got 1.0"):
        radam(0.1, b2=1.0)
