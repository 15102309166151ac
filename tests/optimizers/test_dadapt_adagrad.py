"""Tests of `dadapt_adagrad`."""

import jax.numpy as jnp
import numpy as np
import pytest
from distance_laws import DistanceLaws
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import dadapt_adagrad, decay
from lropt_jax.schedules import linear


class TestLaws(DistanceLaws):
    specimen = dadapt_adagrad(linear(1.0, 50), momentum=0.5, d0=0.05, growth_limit=1.5, weight_decay=0.05)


def reference(steps, momentum, d=1e-2, eps=1e-6, decay=0.1, total=250):
    """The paper's D-Adapted AdaGrad as its authors' program has it, in NumPy; decay is L2."""
    x, s, a, squares = START.copy(), np.zeros(4), np.full(4, 1e-6), 0.0
    for k in range(steps):
        g = noisy(x, k) + decay * x
        r = d * (1 - k / total)
        a, s = a + g**2, s + r * g
        scale = np.sqrt(a) + eps
        squares += r**2 * np.sum(g**2 / scale)
        d = max(d, (np.sum(s**2 / scale) - squares) / np.abs(s).sum())
        x = momentum * x + (1 - momentum) * (START - s / scale)
    return x


@pytest.mark.parametrize("momentum", [None, 0.9])
def test_it_is_the_paper(momentum):
    tx = dadapt_adagrad(linear(1.0, 250), momentum=momentum, d0=1e-2, weight_decay=decay(0.1, goes_with="gradients"))
    expected = reference(200, momentum or 0.0)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], expected, atol=1e-10)


def test_no_momentum_costs_nothing():
    assert dadapt_adagrad().init(jnp.ones(3)).trace is None


def test_bad_arguments_are_refused():
    for arguments, message in (
        ({"momentum": 1.0}, "momentum must be in \\[0, 1\\), got 1.0"),
        ({"eps": -1.0}, "eps must be finite and >= 0, got -1.0"),
        ({"initial_accumulator_value": -1.0}, "initial_accumulator_value must be finite and >= 0, got -1.0"),
    ):
        with pytest.raises(ValueError, match=f"dadapt_adagrad: {message}"):
            dadapt_adagrad(**arguments)
