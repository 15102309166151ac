"""Tests of closed forms: what optimizers say of updates without a gradient is what they do in these."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax.optimizers import adagrad, adam, adamw, rmsprop, sgd
from lropt_jax.schedules import linear

KNOWN = [
    sgd(1.0),
    sgd(1.0, momentum=0.8),
    sgd(1.0, momentum=0.8, dampening=0.5, nesterov=True),
    adagrad(1.0),
    rmsprop(1.0),
    rmsprop(1.0, centered=True, momentum=0.7, nesterov=True, bias_correction=True),
    adam(1.0, eps=0.0),
    adamw(1.0, b1=0.5, b2=0.9, eps=0.0, eps_in_sqrt=True, weight_decay=0.0),
]
UNKNOWN = [
    sgd(1.0, momentum=linear(0.9, 10)),
    rmsprop(1.0, decay=linear(0.9, 10)),
    adam(1.0, b1=linear(0.9, 10)),
    adam(1.0, eps=linear(0.9, 10)),
]


@pytest.mark.parametrize("tx", KNOWN, ids=str)
def test_the_formula_is_what_the_optimizer_does(tx):
    with x64():
        x = jnp.array([1.0, -2.0])
        state = tx.init(x)
        for sign in (1.0, -0.5, 2.0):
            _, state = tx.update(sign * x, state, x)
        idle, direction = tx.build().direction.idle(), tx.build().direction
        slots = {name: slot for name, slot in zip(state._fields[3:], state[3:], strict=True) if slot is not None}
        made, after = state.count, state
        for j in (1, 2, 3):
            towards, after = direction.apply(jnp.zeros(2), after, x)
            after = after._replace(count=after.count + 1)
            expected = jnp.zeros(2)
            if idle.towards is not None:
                expected = idle.towards(slots, made) * idle.ratio**j * idle.scale(jnp.array([made + j]))
            np.testing.assert_allclose(towards, expected, rtol=1e-10, atol=1e-12)
            for name, slot in slots.items():
                np.testing.assert_allclose(getattr(after, name), slot * idle.keeps.get(name, 1) ** j, rtol=1e-12)


@pytest.mark.parametrize("tx", UNKNOWN, ids=str)
def test_with_schedules_there_is_no_formula(tx):
    assert tx.build().direction.idle() is None


def test_rows_may_have_made_different_numbers_of_updates():
    idle = adam(1.0).build().direction.idle()
    slots = {"mu": jnp.ones((2, 3)), "nu": jnp.ones((2, 3))}
    towards = jax.jit(idle.towards)(slots, jnp.array([[0], [5]]))
    assert towards.shape == (2, 3)
    assert np.all(np.isfinite(towards))
