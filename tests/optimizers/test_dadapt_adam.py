"""Tests of `dadapt_adam`."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from distance_laws import DistanceLaws
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import dadapt_adam
from lropt_jax.schedules import linear


class TestLaws(DistanceLaws):
    specimen = dadapt_adam(linear(1.0, 50), b2=0.99, d0=0.05, growth_limit=1.5, weight_decay=0.05)


def reference(steps, b1=0.9, b2=0.999, eps=1e-8, d=1e-3, decay=0.1, bias=False, rates=None):
    """The paper's Adam with D-Adaptation as its authors' program has it, in NumPy."""
    x, m, v, s, numerator = START.copy(), np.zeros(4), np.zeros(4), np.zeros(4), 0.0
    for k in range(steps):
        g = noisy(x, k)
        correction = np.sqrt(1 - b2 ** (k + 1)) / (1 - b1 ** (k + 1)) if bias else 1.0
        r = d * (1.0 if rates is None else rates[k]) * correction
        numerator = b2**0.5 * numerator + (1 - b2**0.5) * r * g @ (s / (np.sqrt(v) + eps))
        m, v = b1 * m + (1 - b1) * r * g, b2 * v + (1 - b2) * g**2
        s = b2**0.5 * s + (1 - b2**0.5) * r * g
        d = max(d, numerator / ((1 - b2**0.5) * np.abs(s).sum()))
        x = x - r * decay * x - m / (np.sqrt(v) + eps)
    return x


@pytest.mark.parametrize("bias", [False, True])
def test_it_is_the_paper(bias):
    tx = dadapt_adam(linear(1.0, 250), d0=1e-3, weight_decay=0.1, bias_correction=bias)
    expected = reference(200, bias=bias, rates=1 - np.arange(200) / 250)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], expected, atol=1e-10)


@pytest.mark.parametrize("rate", [1.0, linear(1.0, 120)])
def test_with_the_correction_it_is_optaxs(rate):
    theirs = optax.contrib.dadapt_adamw(rate, estim_lr0=1e-3, weight_decay=0.1)
    ours = dadapt_adam(rate, d0=1e-3, weight_decay=0.1, bias_correction=True)
    np.testing.assert_allclose(trajectory(ours, START, noisy, 100), trajectory(theirs, START, noisy, 100), atol=1e-12)


def test_updates_at_a_rate_of_0_are_as_if_they_had_not_been():
    waits = dadapt_adam(lambda step: jnp.where(step < 3, 0.0, 1.0), d0=1e-2, bias_correction=True)
    ours = trajectory(waits, START, lambda x, step: noisy(x, max(step - 3, 0)), 40)
    at_once = trajectory(waits.replace(learning_rate=1.0), START, noisy, 37)
    np.testing.assert_allclose(ours[3:], at_once, atol=1e-12)


def test_bad_arguments_are_refused():
    for name in ("b1", "b2"):
        with pytest.raises(ValueError, match=f"dadapt_adam: {name} must be in \\[0, 1\\), got 1.0"):
            dadapt_adam(**{name: 1.0})
    with pytest.raises(ValueError, match="dadapt_adam: eps must be finite and >= 0, got -1"):
        dadapt_adam(eps=-1)
    tx = dadapt_adam(weight_decay=0.1)
    with pytest.raises(ValueError, match="dadapt_adam: update needs params for weight_decay"):
        tx.update(jnp.ones(2), tx.init(jnp.ones(2)))
