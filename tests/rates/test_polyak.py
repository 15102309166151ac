"""Tests of `polyak`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import RateLaws, x64
from trajectories import START

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, rmsprop, sgd
from lropt_jax.rates import polyak
from lropt_jax.schedules import linear

CURVATURE = np.array([1.0, 3.0, 0.5, 2.0])


class TestLaws(RateLaws):
    rate = polyak(0.5, minimum=0.5, c=2.0)


def batch(x, step):
    """The loss of an interpolated least-squares batch, whose minimum is 0, and its gradient."""
    a = np.random.default_rng(step).normal(size=x.shape)
    return (a @ x) ** 2 / 2, a * (a @ x)


def ends(tx, steps, loss=batch):
    """Parameters after each update in float64, with the loss as the value."""
    with x64():
        params = jnp.asarray(START)
        state, update, path = tx.init(params), jax.jit(tx.update), []
        for step in range(steps):
            value, grads = loss(np.asarray(params), step)
            updates, state = update(jnp.asarray(grads), state, params, value=value)
            params = optax.apply_updates(params, updates)
            path.append(np.asarray(params))
    return np.array(path)


@pytest.mark.parametrize(("max_rate", "c", "minimum"), [(None, 1.0, 0.0), (0.4, 0.5, 0.0), (1.0, 1.0, 0.05)])
def test_it_is_polyak_and_sps_max(max_rate, c, minimum):
    x = START.copy()
    for step in range(200):
        f, g = batch(x, step)
        x = x - min(np.inf if max_rate is None else max_rate, max(f - minimum, 0) / (c * g @ g)) * g
    found = ends(sgd(polyak(max_rate, c=c, minimum=minimum)), 200)[-1]
    np.testing.assert_allclose(found, x, atol=1e-10)


def test_it_is_optax_polyak_sgd():
    ours, theirs = ends(sgd(polyak(1.0, minimum=0.05)), 100), ends(optax.polyak_sgd(f_min=0.05, variant="sps+"), 100)
    np.testing.assert_allclose(ours, theirs, atol=1e-10)


def test_it_finds_the_minimum_where_every_batch_can_be_fitted():
    assert np.linalg.norm(ends(sgd(polyak()), 300)[-1]) < 1e-6


def test_a_loss_below_the_minimum_gives_a_rate_of_zero():
    tx, x = sgd(polyak(minimum=5.0)), jnp.ones(2)
    _, state = tx.update(x, tx.init(x), x, value=4.0)
    assert learning_rate(state) == 0


def test_gradients_of_zero_give_zero():
    tx, x = sgd(polyak()), jnp.ones(2)
    for value in (0.0, 1.0):
        updates, state = tx.update(jnp.zeros(2), tx.init(x), x, value=value)
        assert learning_rate(state) == 0
        np.testing.assert_array_equal(updates, np.zeros(2))


def test_along_a_scaled_gradient_it_is_polyak_in_the_norm_of_the_scale():
    """`x - (f - f*) / |g|^2_{1/D} * g / D`: with a scale D that is the curvature, one step solves a bowl by half."""

    def bowl(x, step):
        return x @ (CURVATURE * x) / 2, CURVATURE * x

    with x64():
        tx, params = rmsprop(polyak(), decay=0.0, eps=0.0), jnp.asarray(START)
        value, grads = bowl(START, 0)
        updates, _ = tx.update(jnp.asarray(grads), tx.init(params), params, value=value)
    scale = np.abs(grads)
    np.testing.assert_allclose(updates, -value / np.sum(grads**2 / scale) * grads / scale, rtol=1e-10)
    assert value + np.asarray(updates) @ grads == pytest.approx(0, abs=1e-12)


def test_a_direction_that_does_not_descend_gets_no_step():
    tx, x = sgd(polyak(1.0), momentum=0.9), jnp.ones(1)
    _, state = tx.update(x, tx.init(x), x, value=1.0)
    updates, state = tx.update(-0.5 * x, state, x, value=1.0)  # the momentum, 0.4, is against the gradient
    assert updates == 0
    updates, state = tx.update(-0.5 * x, state, x, value=1.0)  # now it has turned
    assert updates > 0


def test_the_largest_rate_may_follow_a_schedule():
    tx, x = sgd(polyak(linear(0.1, 4))), jnp.ones(1)
    state = tx.init(x)
    for step in range(5):
        _, state = tx.update(x, state, x, value=100.0)
        assert learning_rate(state) == linear(0.1, 4)(step)


def test_nan_gradients_are_loud():
    tx, x = adam(polyak(1.0)), jnp.ones(2)
    assert np.all(np.isnan(tx.update(jnp.nan * x, tx.init(x), x, value=1.0)[0]))


def test_bad_use_is_refused():
    tx, x = sgd(polyak()), jnp.ones(2)
    with pytest.raises(ValueError, match=r"polyak: update needs value; call tx.update\(grads, state, params, value="):
        tx.update(x, tx.init(x), x)
    with pytest.raises(ValueError, match="polyak: c must be finite and > 0, got 0"):
        polyak(c=0)
    with pytest.raises(ValueError, match="polyak: max_rate must be finite and >= 0, got -1"):
        polyak(-1)
    with pytest.raises(ValueError, match="polyak: minimum must be finite, got nan"):
        polyak(minimum=float("nan"))
