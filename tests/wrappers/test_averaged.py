"""Tests of `averaged`."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lropt_jax.optimizers import adam, sgd
from lropt_jax.wrappers import averaged, ema, frozen, groups, polyak_ruppert, schedule_free, skip_nonfinite


def test_it_is_found_in_any_nesting_and_only_where_there_is_one():
    params = jnp.ones(2)
    assert averaged(optax.chain(skip_nonfinite(ema(sgd(0.1)))).init(params)).shape == (2,)
    with pytest.raises(ValueError, match="averaged: state must keep an average, got none; wrap the optimizer in `ema`"):
        averaged(sgd(0.1).init(params))
    with pytest.raises(ValueError, match="averaged: state must keep one average of a parameter, got 2"):
        averaged(ema(polyak_ruppert(sgd(0.1))).init(params))


def test_averages_of_groups_are_put_together():
    params = {"a": jnp.ones(2), "b": jnp.full(3, 2.0), "average": jnp.ones(1, jnp.bfloat16)}
    tx = groups({"a": ema(sgd(0.1)), "b": schedule_free(adam(0.1)), "average": polyak_ruppert(sgd(0.1))})
    jax.tree.map(np.testing.assert_array_equal, averaged(tx.init(params)), params)
    assert averaged(tx.init(params))["average"].dtype == jnp.float32


def test_parameters_stand_where_nothing_is_averaged():
    params = {"a": jnp.ones(2), "b": jnp.full(3, 2.0)}
    state = groups({"a": ema(sgd(0.1)), "b": frozen()}).init(params)
    jax.tree.map(np.testing.assert_array_equal, averaged(state, params), params)
    with pytest.raises(ValueError, match=r"averaged: params must be given where not all are averaged; call averaged\("):
        averaged(state)


class Layer(NamedTuple):
    average: jax.Array
    z: jax.Array


def test_parameters_may_be_called_as_the_fields_of_states_are():
    params = Layer(jnp.ones(2), jnp.zeros(3))
    jax.tree.map(np.testing.assert_array_equal, averaged(ema(adam(0.1)).init(params)), params)
