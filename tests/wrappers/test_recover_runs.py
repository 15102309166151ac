"""Tests of `recover` in runs of a network."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from sklearn.datasets import load_digits

from lropt_jax.optimizers import adam, sgd
from lropt_jax.schedules import piecewise
from lropt_jax.wrappers import recover


@jax.jit
def digits_loss(tx, poisoned=-1):
    """The loss of a network on digits after a run, and the state."""
    x, y = map(jnp.asarray, DIGITS)

    def loss(params, x, y):
        hidden = jax.nn.relu(x @ params["in"] + params["bias"])
        return jnp.mean(optax.softmax_cross_entropy_with_integer_labels(hidden @ params["out"], y))

    def body(carry, place):
        rows = jax.random.randint(jax.random.fold_in(jax.random.key(1), place), (32,), 0, len(y))
        batch = x[rows] * jnp.where(place == poisoned, jnp.nan, 1)
        value, grads = jax.value_and_grad(loss)(carry[0], batch, y[rows])
        updates, state = tx.update(grads, carry[1], carry[0], value=value)
        return (optax.apply_updates(carry[0], updates), state), None

    ins, outs = jax.random.split(jax.random.key(0))
    params = {
        "in": jax.random.normal(ins, (64, 32)) / 6,
        "bias": jnp.zeros(32),
        "out": jax.random.normal(outs, (32, 10)) / 4,
    }
    params, state = jax.lax.scan(body, (params, tx.init(params)), jnp.arange(700))[0]
    return loss(params, x, y), state


IMAGES, LABELS = load_digits(return_X_y=True)
DIGITS = np.asarray(IMAGES / 16, np.float32), np.asarray(LABELS)


@pytest.mark.slow
def test_a_network_whose_rate_becomes_ten_times_too_high_ends_near_the_clean_run():
    rate = piecewise((0.1, 1.0), (400,))
    clean, _ = digits_loss(sgd(rate.replace(values=(0.1, 0.1)), momentum=0.9))
    broken, _ = digits_loss(sgd(rate, momentum=0.9))
    mended, state = digits_loss(recover(sgd(rate, momentum=0.9), every=50, factor=0.1))
    assert clean < 0.03
    assert broken > 1
    assert mended < clean + 0.02
    assert state.recovered >= 1
    assert state.last >= 400


@pytest.mark.slow
def test_a_network_with_one_poisoned_batch_ends_near_the_clean_run():
    clean, _ = digits_loss(adam(1e-2), poisoned=-1)
    poisoned, _ = digits_loss(adam(1e-2), poisoned=300)
    mended, state = digits_loss(recover(adam(1e-2), every=50), poisoned=300)
    assert np.isnan(poisoned)
    assert mended < clean + 0.03
    assert (state.recovered, state.last) == (1, 300)
