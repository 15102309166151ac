"""Tests of `ademamix`."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import OptimizerLaws, x64
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import adamw, ademamix
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = ademamix(0.1)


class TestLawsWithWarmup(OptimizerLaws):
    specimen = ademamix(linear(0.1, 50), b1=0.8, b2=0.95, b3=0.98, eps=1e-4, warmup_steps=8, weight_decay=0.05)


def half_life(decay):
    return np.log(0.5) / np.log(decay) - 1


def decay_of(half_life):
    return 0.5 ** (1 / (half_life + 1))


@pytest.mark.parametrize("warmup_steps", [None, 60])
def test_it_is_the_paper(warmup_steps):
    x, fast, slow, nu = START.copy(), np.zeros(4), np.zeros(4), np.zeros(4)
    for t in range(1, 201):
        g, share = noisy(x, t - 1), 1.0 if warmup_steps is None else min(t / warmup_steps, 1.0)
        b3 = decay_of((1 - share) * half_life(0.9) + share * half_life(0.999))
        fast, slow, nu = 0.9 * fast + 0.1 * g, b3 * slow + (1 - b3) * g, 0.99 * nu + 0.01 * g**2
        mixed = fast / (1 - 0.9**t) + share * 8.0 * slow
        x = x - 0.01 * (mixed / (np.sqrt(nu / (1 - 0.99**t)) + 1e-8) + 0.1 * x)
    tx = ademamix(0.01, b2=0.99, b3=0.999, slow_weight=8.0, warmup_steps=warmup_steps, weight_decay=0.1)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], x, atol=1e-10)


def test_it_is_optax_ademamix():
    ours = trajectory(ademamix(0.01, b3=0.999, weight_decay=0.1), START, noisy, 100)
    theirs = trajectory(optax.contrib.ademamix(0.01, b3=0.999, weight_decay=0.1), START, noisy, 100)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_without_the_slow_average_it_is_adamw():
    ours = trajectory(ademamix(0.1, slow_weight=0.0, weight_decay=0.1), START, noisy, 100)
    np.testing.assert_allclose(ours, trajectory(adamw(0.1, weight_decay=0.1), START, noisy, 100), atol=1e-12)


def test_in_the_end_the_slow_average_weighs_as_said():
    tx, ones = ademamix(0.1, slow_weight=4.0, warmup_steps=100), jnp.ones(1)
    state = tx.init(ones)._replace(count=jnp.int32(2**31 - 1), mu=ones, nu=ones, mu_slow=ones)
    np.testing.assert_allclose(tx.update(ones, state)[0], -0.5, rtol=1e-6)


def test_the_warmup_ends_at_b3_exactly_and_starts_above_b1():
    for on in (False, True):
        with x64(on):
            tx, zero, one = ademamix(0.1, warmup_steps=10), jnp.zeros(1), jnp.ones(1)
            decays = []
            for count in range(12):
                state = tx.init(zero)._replace(count=jnp.int32(count), mu_slow=one)
                decays.append(float(tx.update(zero, state)[1].mu_slow[0]))
            assert np.all(np.diff(decays[:10]) > 0)
            assert decays[0] > 0.9
            assert decays[9] == decays[11] == jnp.asarray(0.9999, one.dtype)


def test_a_warmup_from_no_momentum_is_finite():
    path = trajectory(ademamix(0.01, b1=0.0, warmup_steps=50), START, noisy, 100)
    assert np.all(np.isfinite(path))


def test_it_ignores_the_scale_of_the_gradients():
    one = trajectory(ademamix(0.01, eps=0.0, warmup_steps=10), START, noisy, 20)
    two = trajectory(ademamix(0.01, eps=0.0, warmup_steps=10), START, lambda x, step: 1e-6 * noisy(x, step), 20)
    np.testing.assert_allclose(one, two, atol=1e-9)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="ademamix: b3 must be in \\[0, 1\\), got 1.0"):
        ademamix(0.1, b3=1.0)
    with pytest.raises(ValueError, match="ademamix: b1 must be in \\[0, 1\\), got 1.0"):
        ademamix(0.1, b1=1.0)
    with pytest.raises(ValueError, match="ademamix: slow_weight must be finite and >= 0, got -1"):
        ademamix(0.1, slow_weight=-1)
    with pytest.raises(ValueError, match="ademamix: warmup_steps must be finite and > 0, got 0"):
        ademamix(0.1, warmup_steps=0)
