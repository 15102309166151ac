"""Tests of `mechanic`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import RateLaws, x64
from trajectories import START, noisy, trajectory

from lropt_jax import learning_rate
from lropt_jax.optimizers import adamw, lion, sgd
from lropt_jax.rates import mechanic
from lropt_jax.schedules import linear, product, warmup

BETAS = np.array([0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999])


class TestLaws(RateLaws):
    rate = mechanic(s_init=0.01)


def published(towards, steps, base=lambda t: 1.0, s_init=1e-8, decay=0.01, eps=1e-8):
    """Algorithm 1 of the paper, with `delta` the displacement and not its negative."""
    x = START.copy()
    delta, r, m, v, s = np.zeros(4), *np.zeros((4, 6))
    for t in range(steps):
        g = noisy(x, t)
        h = delta @ (g + decay * s.sum() * np.linalg.norm(g) * x / np.linalg.norm(x))
        m = np.maximum(BETAS * m, abs(h))
        v = BETAS**2 * v + h**2
        r = np.maximum(0, BETAS * r - s * h)
        s = (s_init * m / 6 + r) / (np.sqrt(v) + eps)
        delta = delta - base(t) * towards(g)
        x = START + s.sum() * delta
    return x, s.sum()


def test_it_is_the_paper_around_gradient_descent():
    x, _ = published(lambda g: g, 200)
    np.testing.assert_allclose(trajectory(sgd(mechanic()), START, noisy, 200)[-1], x, atol=1e-10)


def test_it_is_the_paper_around_a_schedule_and_lion():
    x, scale = published(np.sign, 200, base=lambda t: max(1 - t / 250, 0), s_init=1e-4, decay=0.1)
    tx = lion(mechanic(linear(1.0, 250), s_init=1e-4, weight_decay=0.1), b1=0.0, b2=0.5)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], x, atol=1e-10)
    assert 1e-3 < scale < 10


def test_clipped_it_is_optaxs_until_a_reward_is_lost():
    small = {"eps": 1e-18, "s_init": 1e-4}  # their eps is in `delta` too
    ours = sgd(mechanic(linear(1.0, 250), clip=True, **small))
    theirs = optax.contrib.mechanize(optax.sgd(linear(1.0, 250)), **small)
    np.testing.assert_allclose(trajectory(ours, START, noisy, 90), trajectory(theirs, START, noisy, 90), atol=1e-12)


def test_the_scale_is_that_of_all_steps_made_so_far():
    with x64():
        tx, x = lion(mechanic(warmup(1.0, 5), s_init=0.01)), jnp.asarray(START)
        state, update = tx.init(x), jax.jit(tx.update)
        for step in range(50):
            updates, state = update(jnp.asarray(noisy(np.asarray(x), step)), state, x)
            x = x + updates
            np.testing.assert_allclose(x, START - state.rate.s.sum() * np.asarray(state.rate.delta), atol=1e-13)
            np.testing.assert_allclose(learning_rate(state), state.rate.s.sum() * min(1, (step + 1) / 5), rtol=1e-12)


def test_it_finds_a_scale_from_far_below():
    flat = lambda x, step: x  # noqa: E731
    path = trajectory(sgd(mechanic()), START, flat, 150)
    assert np.linalg.norm(path[-1]) < 0.02 * np.linalg.norm(START)


def test_nothing_is_nan_where_gradients_or_the_rate_begin_at_zero():
    late = lambda x, step: noisy(x, step) * (step >= 3)  # noqa: E731
    for clip in (False, True):
        for eps in (0.0, 1e-8):
            rate = mechanic(warmup(1.0, 4, start=0.0), s_init=0.1, eps=eps, clip=clip)
            path = trajectory(sgd(rate), START, late, 20)
            assert np.all(np.isfinite(path))
            np.testing.assert_array_equal(path[3], START)
            assert np.any(path[-1] != START)
            assert np.all(np.isfinite(trajectory(sgd(rate), 0 * START, noisy, 20)))


def test_the_decay_of_an_optimizer_is_multiplied_by_the_rate_of_its_time_and_is_not_revised():
    with x64():
        tx, x = adamw(mechanic(s_init=0.01), weight_decay=0.1), jnp.asarray(START)
        state, update, decayed = tx.init(x), jax.jit(tx.update), 0
        for step in range(20):
            updates, state = update(jnp.asarray(noisy(np.asarray(x), step)), state, x)
            decayed = decayed + 0.1 * np.asarray(learning_rate(state)) * np.asarray(x)
            x = x + updates
        np.testing.assert_allclose(x, START - state.rate.s.sum() * np.asarray(state.rate.delta) - decayed, atol=1e-12)


def test_params_are_needed_for_its_decay_alone():
    x = jnp.ones(2)
    with pytest.raises(ValueError, match="mechanic: update needs params; call tx.update"):
        sgd(mechanic()).update(x, sgd(mechanic()).init(x))
    tx = sgd(mechanic(weight_decay=None))
    tx.update(x, tx.init(x))


def test_a_product_refuses_it_and_says_where_the_schedule_goes():
    with pytest.raises(ValueError, match="product: schedules must not revise earlier steps; give the rate its base"):
        product(mechanic(), linear(1.0, 10))


def test_bad_arguments_are_refused():
    for arguments, message in {
        ("base", -1.0): "mechanic: base must be finite and >= 0, got -1.0",
        ("betas", ()): "mechanic: betas must be at least one, got none",
        ("betas", (0.9, 1.5)): r"mechanic: betas must be in \[0, 1\], got \(0.9, 1.5\)",
        ("s_init", 0.0): "mechanic: s_init must be finite and > 0, got 0.0",
        ("weight_decay", -1.0): "mechanic: weight_decay must be finite and >= 0, got -1.0",
        ("eps", -1.0): "mechanic: eps must be finite and >= 0, got -1.0",
    }.items():
        with pytest.raises(ValueError, match=message):
            mechanic(**dict([arguments]))
