"""Tests of Optax's MADGRAD."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import ValueLaws
from optax_paths import assert_same_paths

from lropt_jax.compat.optax import madgrad
from lropt_jax.schedules import linear


class TestValue(ValueLaws):
    specimen = madgrad(0.1, momentum=0.5, weight_decay=0.05)


def test_it_is_optaxs():
    assert_same_paths("madgrad", atol=1e-7)  # whose weights are in float32


def test_the_state_records_the_rate_and_keeps_its_dtypes():
    schedule, params = linear(0.1, 4), jnp.ones(2, jnp.bfloat16)
    tx = madgrad(schedule)
    state = before = tx.init(params)
    assert state.learning_rate == schedule(0)
    for step in range(3):
        updates, state = tx.update(params, state, params)
        assert state.learning_rate == schedule(step)
    assert updates.dtype == jnp.bfloat16
    assert jax.tree.map(jnp.result_type, state) == jax.tree.map(jnp.result_type, before)


def test_twice_the_rate_is_1_6_times_the_step():
    params = jnp.ones(2)
    one, two = (tx.update(params, tx.init(params), params)[0] for tx in (madgrad(0.1, eps=0.0), madgrad(0.2, eps=0.0)))
    np.testing.assert_allclose(two, 2 ** (2 / 3) * one, rtol=1e-5)


def test_a_rate_of_0_still_moves():
    grads = params = np.ones(2, np.float32)
    tx = madgrad(0.0)
    updates, state = tx.update(grads, tx.init(params), params)
    assert state.learning_rate == 0
    np.testing.assert_allclose(updates, -0.1 * 1e-6 / (1e-2 + 1e-6), rtol=1e-4)


def test_bad_arguments_are_refused():
    with pytest.raises(TypeError, match="optax.madgrad: learning_rate must be a number or a schedule, got None"):
        madgrad(None)
