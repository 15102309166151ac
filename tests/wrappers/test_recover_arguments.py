"""Tests of the arguments of `recover`."""

import jax.numpy as jnp
import pytest

from lropt_jax.optimizers import sgd
from lropt_jax.wrappers import multiply, recover, schedule_free

START = {"w": jnp.array([1.0, -2.0]), "b": jnp.array([0.5])}


def test_what_it_cannot_go_around_or_without_is_refused():
    keeps = "recover: optimizer must not keep parameters of its own, got .*; go inside: ema"
    with pytest.raises(ValueError, match=keeps):
        recover(schedule_free(sgd(0.1))).init(START)
    with pytest.raises(ValueError, match="multiply: optimizer must not keep parameters of its own"):
        multiply(recover(sgd(0.1)), {"*": 2.0}).init(START)
    tx = recover(sgd(0.1))
    with pytest.raises(ValueError, match=r"recover: update needs params; call tx.update\(grads, state, params\)"):
        tx.update(START, tx.init(START))
    with pytest.raises(ValueError, match=r"recover: value must have the shape \(\), got \(3,\)"):
        tx.update(START, tx.init(START), START, value=jnp.ones(3))
    with pytest.raises(TypeError, match="recover: value must be a number, got 'low'"):
        tx.update(START, tx.init(START), START, value="low")
    with pytest.raises(ValueError, match="recover: every must be a whole number >= 1, got 0"):
        recover(sgd(0.1), every=0)
