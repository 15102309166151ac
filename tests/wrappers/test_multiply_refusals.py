"""What `multiply` refuses."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lropt_jax.optimizers import adam, adamw, novograd, sgd
from lropt_jax.wrappers import (
    clip_norm,
    ema,
    lookahead,
    master_weights,
    multiply,
    polyak_ruppert,
    schedule_free,
)

PARAMS = {"encoder": [{"kernel": jnp.array([1.0, -2.0]), "bias": jnp.array([0.5])}], "head": {"kernel": jnp.ones(3)}}


def step(tx, grads=PARAMS, params=PARAMS, state=None):
    return tx.update(grads, tx.init(params) if state is None else state, params)


@pytest.mark.parametrize(
    "optimizer",
    [
        adam(0.1),
        clip_norm(adamw(0.1), 1.0),
        optax.adamw(0.1),
        adamw(0.1, decay_coupling="gradients"),
        novograd(0.1, weight_decay=0.1),
    ],
)
def test_a_decay_that_cannot_be_told_apart_is_refused(optimizer):
    with pytest.raises(
        ValueError, match="multiply: multiply_decay must be True unless optimizer itself has a decoupled"
    ):
        multiply(optimizer, {}, multiply_decay=False)


@pytest.mark.parametrize(
    ("multipliers", "message"),
    [
        (
            {"encoders/*": 0.1},
            r"multiply: pattern 'encoders/\*' must match a parameter, got none; near are 'encoder/0/",
        ),
        ({"encoder/*": 0.1, "*/bias": 2.0}, "multiply: parameter 'encoder/0/bias' must match one pattern, got"),
        (
            {"encoder": [{"kernel": 0.1}], "head": {"kernel": 1.0}},
            "multiply: multipliers must be like the .* got none for 'enc",
        ),
        (
            {"encoder": [0.1, 0.2]},
            "multiply: multipliers must be like the parameters or a dict from patterns, got none",
        ),
        (
            {"encoder": [{"kernel": 0.1, "bias": 2.0, "scale": 1.0}], "head": {"kernel": 1.0}},
            "multiply: multipliers must be like the parameters or a dict from patterns, got one for 'encoder/0/scale'",
        ),
    ],
)
def test_multipliers_that_do_not_fit_the_parameters_are_refused(multipliers, message):
    with pytest.raises(ValueError, match=message):
        multiply(sgd(0.1), multipliers).init(PARAMS)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"multiply: multipliers\['head/\*'\] must be finite and >= 0, got -1.0"):
        multiply(sgd(0.1), {"head/*": -1.0})
    with pytest.raises(TypeError, match=r"multiply: multipliers\['head'\] must be a number or a schedule, got 'high'"):
        multiply(sgd(0.1), {"head": "high"})
    with pytest.raises(TypeError, match=r"multiply: multipliers\['head'\] must be a number or a schedule, got True"):
        multiply(sgd(0.1), {"head": True})
    with pytest.raises(ValueError, match=r"multiply: multipliers\['head/kernel'\] must be finite and >= 0, got -1"):
        multiply(sgd(0.1), lambda params: {"head": {"kernel": -1}}).init({"head": {"kernel": jnp.ones(1)}})


@pytest.mark.parametrize(
    "optimizer",
    [
        ema(sgd(0.1)),
        polyak_ruppert(sgd(0.1)),
        lookahead(sgd(0.1)),
        schedule_free(sgd(0.1)),
        clip_norm(master_weights(sgd(0.1)), 1.0),
    ],
)
def test_what_keeps_parameters_of_its_own_must_go_around_it(optimizer):
    with pytest.raises(
        ValueError, match=r"multiply: optimizer must not keep parameters of its own, got .*; go inside:"
    ):
        multiply(optimizer, {"*": 0.5}).init({"w": jnp.ones(2, jnp.bfloat16)})


class Layer(NamedTuple):
    slow: jax.Array
    z: jax.Array


def test_parameters_may_be_called_as_the_fields_of_states_are():
    params = Layer(jnp.ones(2), jnp.ones(3))
    tx = multiply(sgd(0.1, momentum=0.9), {"z": 2.0})
    updates, _ = tx.update(params, tx.init(params), params)
    np.testing.assert_allclose(updates.z, -0.2, rtol=1e-6)
