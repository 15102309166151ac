"""Tests of `adopt`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import OptimizerLaws
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import adam, adopt
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = adopt(0.1)


class TestLawsWithClip(OptimizerLaws):
    specimen = adopt(linear(0.1, 50), b1=0.8, b2=0.9, eps=1e-3, clip=1.0, clip_growth=0.25, weight_decay=0.05)


@pytest.mark.parametrize("clip", [None, 1.0])
def test_it_is_the_paper(clip):
    x, mu = START.copy(), np.zeros(4)
    nu = noisy(x, 0) ** 2
    for t in range(1, 200):
        g = noisy(x, t)
        divided = g / np.maximum(np.sqrt(nu), 1e-6)
        bound = np.inf if clip is None else t**0.25
        mu = 0.9 * mu + 0.1 * np.clip(divided, -bound, bound)
        x = x - 0.05 * (mu + 0.1 * x)
        nu = 0.99 * nu + 0.01 * g**2
    growth = None if clip is None else 0.25
    tx = adopt(0.05, b2=0.99, clip=clip, clip_growth=growth, weight_decay=lambda step: jnp.where(step > 0, 0.1, 0.0))
    path = trajectory(tx, START, noisy, 200)
    np.testing.assert_allclose(path[-1], x, rtol=1e-12, atol=1e-10)


@pytest.mark.parametrize("clips", [True, False])
def test_it_is_optax_adopt(clips):
    argument = {"clip": 1.0, "clip_growth": 0.25} if clips else {}
    ours = trajectory(adopt(0.1, b2=0.99, **argument), START, noisy, 100)
    theirs = trajectory(optax.contrib.adopt(0.1, b2=0.99, use_clipping=clips), START, noisy, 100)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def end_of_rare_gradients(tx, k=30, steps=9000):
    """`x` in [-1, 1] after gradients of `k^2` once in `k` steps, else `-k`: 1 on average, so the minimum is at -1."""

    def body(carry, step):
        x, state = carry
        updates, state = tx.update(jnp.where(step % k == k - 1, float(k**2), -float(k)), state)
        return (jnp.clip(x + updates, -1, 1), state), None

    start = jnp.zeros(())
    return float(jax.lax.scan(body, (start, tx.init(start)), jnp.arange(steps))[0][0])


@pytest.mark.parametrize("b2", [0.1, 0.5, 0.9])
def test_on_rare_large_gradients_it_finds_the_minimum_with_any_b2(b2):
    assert end_of_rare_gradients(adopt(0.003, b2=b2)) < -0.9
    assert end_of_rare_gradients(adam(0.003, b2=b2)) > 0.9


@pytest.mark.parametrize("b2", [0.1, 0.5])
def test_the_default_clip_of_others_leads_away_from_it(b2):
    assert end_of_rare_gradients(adopt(0.003, b2=b2, clip=1.0, clip_growth=0.25)) > 0.9
    assert end_of_rare_gradients(optax.contrib.adopt(0.003, b2=b2)) > 0.9


def test_the_first_step_moves_nothing_and_the_second_divides_by_the_first_gradient():
    tx = adopt(0.1, b1=0.0)
    updates, state = tx.update(jnp.array([4.0, 0.5]), tx.init(jnp.zeros(2)))
    np.testing.assert_array_equal(updates, np.zeros(2))
    updates, _ = tx.update(jnp.array([2.0, 2.0]), state)
    np.testing.assert_allclose(updates, [-0.05, -0.4], rtol=1e-6)


def test_without_eps_a_coordinate_waits_for_its_first_gradient():
    path = trajectory(adopt(0.1, eps=0.0), [1.0], lambda x, step: np.full(1, float(step >= 2)), 5)[:, 0]
    np.testing.assert_array_equal(path[:4], 1.0)
    np.testing.assert_allclose(path[4] - path[3], -0.1 * 0.1 / np.sqrt(1e-4), rtol=1e-9)


def test_it_ignores_the_scale_of_the_gradients():
    one = trajectory(adopt(0.1, eps=0.0), START, noisy, 20)
    two = trajectory(adopt(0.1, eps=0.0), START, lambda x, step: 1e-6 * noisy(x, step), 20)
    np.testing.assert_allclose(one, two, rtol=1e-9)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="adopt: b2 must be in \\[0, 1\\), got 1.0"):
        adopt(0.1, b2=1.0)
    with pytest.raises(ValueError, match="adopt: eps must be finite and >= 0, got -1"):
        adopt(0.1, eps=-1)
    with pytest.raises(ValueError, match="adopt: clip must be finite and > 0, got 0"):
        adopt(0.1, clip=0)
    with pytest.raises(ValueError, match="adopt: clip_growth must be None without clip, got 0.25; give clip"):
        adopt(0.1, clip_growth=0.25)
