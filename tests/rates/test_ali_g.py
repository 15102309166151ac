"""Tests of `ali_g`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import RateLaws, x64
from trajectories import START

from lropt_jax import learning_rate
from lropt_jax.optimizers import sgd
from lropt_jax.rates import ali_g, polyak


class TestLaws(RateLaws):
    rate = ali_g(0.5, delta=0.1)


def batch(x, step):
    """The loss of an interpolated least-squares batch, whose minimum is 0, and its gradient."""
    a = np.random.default_rng(step).normal(size=x.shape)
    return (a @ x) ** 2 / 2, a * (a @ x)


@pytest.mark.parametrize(("max_rate", "delta"), [(0.1, 1e-5), (None, 0.5)])
def test_it_is_the_paper(max_rate, delta):
    x = START.copy()
    for step in range(200):
        f, g = batch(x, step)
        x = x - min(np.inf if max_rate is None else max_rate, f / (g @ g + delta)) * g
    with x64():
        tx, params = sgd(ali_g(max_rate, delta=delta)), jnp.asarray(START)
        state, update = tx.init(params), jax.jit(tx.update)
        for step in range(200):
            value, grads = batch(np.asarray(params), step)
            updates, state = update(jnp.asarray(grads), state, params, value=value)
            params = optax.apply_updates(params, updates)
    np.testing.assert_allclose(params, x, atol=1e-10)


def test_without_delta_it_is_polyak():
    tx, other, x = sgd(ali_g(delta=0.0)), sgd(polyak()), jnp.array([3.0, 4.0])
    np.testing.assert_array_equal(
        tx.update(x, tx.init(x), x, value=2.0)[0], other.update(x, other.init(x), x, value=2.0)[0]
    )


def test_no_loss_and_no_gradient_give_zero_without_delta_too():
    for delta in (0.0, 1e-5):
        tx, x = sgd(ali_g(delta=delta)), jnp.ones(2)
        updates, state = tx.update(jnp.zeros(2), tx.init(x), x, value=0.0)
        assert learning_rate(state) == 0
        np.testing.assert_array_equal(updates, np.zeros(2))


def test_a_loss_below_zero_gives_a_rate_of_zero():
    tx, x = sgd(ali_g(0.1)), jnp.ones(2)
    assert learning_rate(tx.update(x, tx.init(x), x, value=-1.0)[1]) == 0


def test_bad_use_is_refused():
    tx, x = sgd(ali_g(0.1)), jnp.ones(2)
    with pytest.raises(ValueError, match=r"ali_g: update needs value; call tx.update\(grads, state, params, value="):
        tx.update(x, tx.init(x), x)
    with pytest.raises(ValueError, match="ali_g: delta must be finite and >= 0, got -1"):
        ali_g(delta=-1)
    with pytest.raises(ValueError, match="ali_g: max_rate must be finite and >= 0, got -1"):
        ali_g(-1)
