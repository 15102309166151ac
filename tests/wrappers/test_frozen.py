"""Tests of `frozen`."""

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax import from_config, parse, to_config
from lropt_jax.optimizers import adam
from lropt_jax.wrappers import frozen, groups

PARAMS = {"encoder": jnp.ones(3, jnp.bfloat16), "head": jnp.ones(2)}


def test_nothing_moves_and_nothing_is_remembered():
    tx = groups({"encoder": frozen(), "head": adam(0.1)})
    state = tx.init(PARAMS)
    updates, after = tx.update(PARAMS, state, PARAMS, value=1.0)
    np.testing.assert_array_equal(updates["encoder"], np.zeros(3))
    assert updates["encoder"].dtype == jnp.bfloat16
    assert np.all(updates["head"] != 0)
    assert not jax.tree.leaves(frozen().init(PARAMS))
    assert {leaf.shape for leaf in jax.tree.leaves(after)} == {(), (2,)}


def test_it_is_a_value():
    assert frozen() == frozen()
    assert hash(frozen()) == hash(frozen())
    assert parse(repr(frozen())) == frozen()
    assert from_config(to_config(frozen())) == frozen()
