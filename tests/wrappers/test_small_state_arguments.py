"""Tests of the arguments of `small_state`."""

import jax
import jax.numpy as jnp
import optax
import pytest

from lropt_jax.optimizers import adam, cocob, rmsprop, rprop
from lropt_jax.wrappers import clip_norm, small_state

PARAMS = {"w": jax.random.normal(jax.random.key(0), (16, 512)), "b": jnp.ones(10)}


def test_parameters_can_be_named_that_keep_float32():
    params = {"head": PARAMS["w"], "body": PARAMS["w"], "turn": jnp.ones((64, 64), jnp.complex64)}
    state = small_state(adam(0.1), keep_float32=["head", "turn"]).init(params)
    dtypes = {name: leaf.dtype for name, leaf in state.inner.mu.items()}
    assert dtypes == {"head": jnp.float32, "body": jnp.bfloat16, "turn": jnp.complex64}


@pytest.mark.parametrize(
    "inner",
    [rprop(0.1), cocob(), rmsprop(0.1, centered=True), clip_norm(adam(0.1), 1.0), optax.adadelta(0.1)],
    ids=["rprop", "cocob", "centered", "wrapped", "optax"],
)
def test_optimizers_without_slots_that_may_be_rounded_are_refused(inner):
    with pytest.raises(
        ValueError, match=r"small_state: optimizer must keep moments that may be rounded, got .*wrappers"
    ):
        small_state(inner).init(PARAMS)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="small_state: format must be one of bf16, int8, got 'fp8'"):
        small_state(adam(0.1), "fp8")
    with pytest.raises(ValueError, match="small_state: block must be a whole number >= 1, got 0"):
        small_state(adam(0.1), block=0)
    with pytest.raises(
        ValueError, match="small_state: params must be real where slots are small, got complex64 at 'z'"
    ):
        small_state(adam(0.1)).init({"z": jnp.ones((64, 64), jnp.complex64)})
    with pytest.raises(ValueError, match=r"got no updates_made.*restate"):
        small_state(adam(0.1)).update(PARAMS, adam(0.1).init(PARAMS), PARAMS)
