"""Tests of momentum."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax._core.decay import DecayRule
from lropt_jax._core.momentum import accumulated, after_rate
from lropt_jax.optimizers import sgd
from lropt_jax.schedules import linear


def test_momentum_is_a_sum_and_nesterovs_looks_ahead():
    steps, trace = {"a": jnp.full(2, 3.0), "none": None}, {"a": jnp.full(2, 2.0), "none": None}
    for nesterov, ahead in ((False, 4.0), (True, 5.0)):
        towards, moved = accumulated(steps, trace, jnp.float32(0.5), nesterov)
        np.testing.assert_array_equal(towards["a"], ahead)
        np.testing.assert_array_equal(moved["a"], 4.0)


def doubled(updates, state, count, params):
    return jax.tree.map(lambda u: 2 * u, updates), state


def test_what_comes_after_the_rate_sees_its_product_wide_and_decay_passes_it_by():
    params = jnp.array([1.0, -2.0], jnp.bfloat16)
    for coupling, pull in (("rate", 0.5), ("nothing", 1.0), ("gradients", 2 * 0.5)):
        tx = after_rate(sgd(linear(0.5, 2)), doubled, DecayRule(1.0, coupling))
        updates, state = tx.update(jnp.full(2, 3.0, jnp.bfloat16), tx.init(params), params)
        assert updates.dtype == jnp.bfloat16
        np.testing.assert_allclose(updates.astype(float), -2 * 0.5 * 3.0 - pull * params.astype(float))
        assert (state.count, state.learning_rate) == (1, 0.5)


def test_the_count_is_that_of_the_updates_before():
    seen = []
    tx = after_rate(sgd(0.1), lambda updates, state, count, params: (seen.append(int(count)), (updates, state))[1])
    state = tx.init(jnp.ones(2))
    for _ in range(3):
        _, state = tx.update(jnp.ones(2), state)
    assert seen == [0, 1, 2]


def test_decay_needs_parameters():
    tx = after_rate(sgd(0.1), doubled, DecayRule(1.0))
    with pytest.raises(ValueError, match="^update needs params for weight_decay"):
        tx.update(jnp.ones(2), tx.init(jnp.ones(2)))
