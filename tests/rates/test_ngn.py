"""Tests of `ngn`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import RateLaws, x64
from trajectories import START

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, sgd
from lropt_jax.rates import ngn, polyak
from lropt_jax.schedules import linear


class TestLaws(RateLaws):
    rate = ngn(linear(0.5, 50), minimum=0.5)


def batch(x, step):
    """The loss of a noisy least-squares batch, never negative, and its gradient."""
    noise = np.random.default_rng(step)
    a, b = noise.normal(size=x.shape), noise.normal()
    return (a @ x - b) ** 2 / 2, a * (a @ x - b)


def end(tx, steps):
    with x64():
        params = jnp.asarray(START)
        state, update = tx.init(params), jax.jit(tx.update)
        for step in range(steps):
            value, grads = batch(np.asarray(params), step)
            updates, state = update(jnp.asarray(grads), state, params, value=value)
            params = optax.apply_updates(params, updates)
    return np.asarray(params)


@pytest.mark.parametrize("sigma", [0.3, 30.0])
def test_it_is_the_paper(sigma):
    x = START.copy()
    for step in range(200):
        f, g = batch(x, step)
        x = x - sigma / (1 + sigma / (2 * f) * (g @ g)) * g
    np.testing.assert_allclose(end(sgd(ngn(sigma)), 200), x, atol=1e-10)


def test_sigma_may_follow_a_schedule():
    x = START.copy()
    for step in range(100):
        f, g = batch(x, step)
        sigma = 0.5 * max(1 - step / 100, 0)
        x = x - sigma / (1 + sigma / (2 * f) * (g @ g)) * g
    np.testing.assert_allclose(end(sgd(ngn(linear(0.5, 100))), 100), x, atol=1e-10)


def rate(tx, grads, value):
    return float(learning_rate(tx.update(grads, tx.init(grads), grads, value=value)[1]))


def test_it_is_half_or_more_of_the_smaller_of_sigma_and_twice_polyaks_step():
    grads = jnp.array([3.0, 4.0])
    for sigma in (1e-3, 0.1, 10.0):
        found, twice = rate(sgd(ngn(sigma)), grads, 5.0), 2 * rate(sgd(polyak()), grads, 5.0)
        assert min(sigma, twice) / 2 <= found <= min(sigma, twice)


def test_without_loss_or_gradient_there_is_no_nan():
    grads, nothing = jnp.array([3.0, 4.0]), jnp.zeros(2)
    assert rate(sgd(ngn(0.1)), nothing, 0.0) == 0
    assert rate(sgd(ngn(0.1)), grads, 0.0) == 0
    assert rate(sgd(ngn(0.1)), nothing, 1.0) == np.float32(0.1)
    assert rate(sgd(ngn(0.1, minimum=2.0)), grads, 1.0) == 0


def test_along_a_direction_on_which_the_loss_does_not_fall_it_is_sigma():
    tx, x = sgd(ngn(0.1), momentum=0.9), jnp.ones(1)
    _, state = tx.update(x, tx.init(x), x, value=1.0)
    _, state = tx.update(-0.5 * x, state, x, value=1.0)  # the momentum, 0.4, is against the gradient
    assert learning_rate(state) == np.float32(0.1)


def test_nan_gradients_are_loud():
    tx, x = adam(ngn(1.0)), jnp.ones(2)
    assert np.all(np.isnan(tx.update(jnp.nan * x, tx.init(x), x, value=1.0)[0]))


def test_bad_use_is_refused():
    tx, x = sgd(ngn(0.1)), jnp.ones(2)
    with pytest.raises(ValueError, match=r"ngn: update needs value; call tx.update\(grads, state, params, value="):
        tx.update(x, tx.init(x), x)
    with pytest.raises(ValueError, match="ngn: sigma must be finite and >= 0, got -1"):
        ngn(-1)
