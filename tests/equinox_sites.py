"""Places where people call an optimizer in Equinox."""

import jax
import jax.numpy as jnp
import pytest
from framework_sites import START, loss, site


def equinox_and_model():
    eqx = pytest.importorskip("equinox", reason="equinox is not installed")

    class Model(eqx.Module):
        bias: jax.Array
        kernel: jax.Array
        activation: object = jnp.tanh
        dropout: float = 0.5
        name: str = "model"
        places: object = None
        inside: object = None

    return eqx, Model(**START, places=jnp.arange(3), inside=eqx.nn.Lambda(jnp.sin))


def as_dict(model):
    assert model.activation is jnp.tanh
    assert model.name == "model"
    return {"bias": model.bias, "kernel": model.kernel}


def of_arrays(model):
    return loss({"bias": model.bias, "kernel": model.kernel})


@site
def equinox_whole_model(tx):
    eqx, model = equinox_and_model()

    @eqx.filter_jit
    def made(model, state):
        updates, state = tx.update(eqx.filter_grad(of_arrays)(model), state, model)
        return eqx.apply_updates(model, updates), state

    return as_dict(made(*made(model, tx.init(model)))[0])


@site
def equinox_filtered(tx):
    eqx, model = equinox_and_model()

    @eqx.filter_jit
    def made(tx, model, state):
        arrays = eqx.filter(model, eqx.is_inexact_array)
        updates, state = tx.update(eqx.filter_grad(of_arrays)(model), state, arrays)
        return eqx.apply_updates(model, updates), state

    model, state = made(tx, model, tx.init(eqx.filter(model, eqx.is_array)))
    return as_dict(made(tx, model, state)[0])


@site
def equinox_partitioned_in_a_scan(tx):
    eqx, model = equinox_and_model()
    arrays, rest = eqx.partition(model, eqx.is_array)

    def body(carry, _):
        model, state = eqx.combine(carry[0], rest), carry[1]
        updates, state = tx.update(eqx.filter_grad(of_arrays)(model), state, model)
        return (eqx.filter(eqx.apply_updates(model, updates), eqx.is_array), state), None

    (arrays, _), _ = jax.jit(lambda carry: jax.lax.scan(body, carry, length=2))((arrays, tx.init(model)))
    return as_dict(eqx.combine(arrays, rest))
