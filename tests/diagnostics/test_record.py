"""Tests of `record`."""

import jax
import jax.numpy as jnp
import optax
import pytest

from lropt_jax import chain
from lropt_jax.diagnostics import record, watch
from lropt_jax.optimizers import sgd
from lropt_jax.wrappers import groups, skip_nonfinite

PARAMS = {"a": jnp.ones(2), "b": jnp.ones(1)}


@pytest.mark.slow
@pytest.mark.parametrize("around", [
    skip_nonfinite, chain, lambda tx: optax.chain(optax.clip(1.0), tx), lambda tx: groups({"a": tx, "b": sgd(0.1)}),
    lambda tx: optax.masked(tx, {"a": True, "b": False}), lambda tx: optax.apply_if_finite(tx, 3),
])  # fmt: skip
def test_it_is_found_in_any_nesting(around):
    tx = around(watch(sgd(0.1), every=1))
    _, state = jax.jit(tx.update)(PARAMS, tx.init(PARAMS), PARAMS)
    assert record(state)["step"].tolist() == [0]


def test_lanes_have_a_dict_each():
    states = jax.vmap(watch(sgd(0.1)).init)({"a": jnp.ones((2, 3, 2))})
    assert [len(rows["step"]) for rows in record(states)] == [0, 0]


def test_no_record_several_and_what_is_no_state_are_refused():
    with pytest.raises(
        ValueError, match=r"record: state must keep a record, got none; wrap the optimizer in watch\(...\)"
    ):
        record(sgd(0.1).init(PARAMS))
    twice = groups({"a": watch(sgd(0.1)), "b": watch(sgd(0.1))})
    with pytest.raises(ValueError, match="record: state must keep one record, got 2; put one watch"):
        record(twice.init(PARAMS))
    with pytest.raises(TypeError, match="record: state must be what init and update return"):
        record(watch(sgd(0.1)))
