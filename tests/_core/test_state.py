"""Tests of `learning_rate`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import stacked

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, sgd
from lropt_jax.schedules import linear

PARAMS = {"a": jnp.ones(2), "b": jnp.ones(3)}


def test_it_is_found_in_any_nesting():
    for tx in (
        adam(0.5),
        optax.chain(optax.clip(1.0), optax.chain(adam(0.5))),
        optax.MultiSteps(adam(0.5), 2).gradient_transformation(),
        optax.masked(adam(0.5), {"a": True, "b": False}),
        optax.apply_if_finite(adam(0.5), 2),
        optax.inject_hyperparams(optax.sgd)(learning_rate=0.5),
    ):
        assert learning_rate(tx.init(PARAMS)) == 0.5


def test_several_are_all_found_by_where_they_stand():
    tx = optax.partition({"a": adam(0.5), "b": sgd(linear(0.1, 10))}, {"a": "a", "b": "b"})
    found = learning_rate(tx.init(PARAMS))
    assert sorted(map(float, found.values())) == [np.float32(0.1), 0.5]
    assert any("'a'" in place for place in found)


def test_lanes_have_one_each():
    state = jax.vmap(lambda tx: tx.init(PARAMS))(stacked([adam(0.1), adam(0.2)]))
    np.testing.assert_allclose(learning_rate(state), [0.1, 0.2])


def test_a_state_without_one_says_what_to_do():
    with pytest.raises(ValueError, match="learning_rate: state must record a rate, got none; use an optimizer of"):
        learning_rate(optax.adam(0.1).init(PARAMS))
