"""Tests of the rates that `multiply` records."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, sgd
from lropt_jax.schedules import linear
from lropt_jax.wrappers import clip_norm, groups, multiply

PARAMS = {"encoder": [{"kernel": jnp.array([1.0, -2.0]), "bias": jnp.array([0.5])}], "head": {"kernel": jnp.ones(3)}}


def step(tx, grads=PARAMS, params=PARAMS, state=None):
    return tx.update(grads, tx.init(params) if state is None else state, params)


def test_rates_are_read_by_pattern_of_the_last_update():
    tx = multiply(clip_norm(adam(linear(0.1, 10)), 1.0), {"encoder/*": 0.1, "head/*": linear(1.0, 10)})
    state = tx.init(PARAMS)
    for _ in range(6):
        _, state = step(tx, state=state)
    rates = learning_rate(clip_norm(tx, 1.0).init(PARAMS)._replace(inner=state))
    np.testing.assert_allclose([rates["encoder/*"], rates["head/*"]], [0.1 * 0.05, 0.5 * 0.05], rtol=1e-6)
    assert rates.keys() == {"encoder/*", "head/*"}


def test_one_rate_for_all_is_one_number():
    assert learning_rate(multiply(sgd(0.5), {"*": 0.5}).init(PARAMS)) == 0.25
    assert learning_rate(multiply(sgd(0.5), {}).init(PARAMS)) == 0.5


def test_rates_of_multiples_of_groups_and_of_multiples_are_named_by_both():
    tx = multiply(groups({"encoder/*": sgd(1.0), "head/*": sgd(2.0)}), {"*/bias": 0.5})
    assert learning_rate(tx.init(PARAMS)) == {
        "encoder/*": 1, "head/*": 2, "*/bias & encoder/*": 0.5, "*/bias & head/*": 1,
    }  # fmt: skip
    tx = multiply(multiply(sgd(1.0), {"*/bias": 0.5}), {"encoder/*": 3.0})
    assert learning_rate(tx.init(PARAMS)) == {"*": 1, "*/bias": 0.5, "encoder/*": 3, "encoder/* & */bias": 1.5}


def test_a_state_without_a_rate_inside_says_so():
    with pytest.raises(ValueError, match="learning_rate: state must record a rate, got none"):
        learning_rate(multiply(optax.sgd(1.0), {"head/*": 2.0}).init(PARAMS))


def test_lanes_have_rates_of_their_own():
    lanes = multiply(sgd(0.5), {"head/*": jnp.array([1.0, 2.0])})
    state = jax.vmap(
        lambda tx: tx.init(PARAMS), in_axes=(jax.tree.map(lambda leaf: 0 if np.ndim(leaf) else None, lanes),)
    )(lanes)
    np.testing.assert_array_equal(learning_rate(state)["head/*"], [0.5, 1.0])
