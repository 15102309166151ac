"""Tests of what an optimizer says of its own stability, and of the scale in which it sees the loss."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lropt_jax import chain, lift
from lropt_jax.compat import torch
from lropt_jax.diagnostics import limit, scale_of
from lropt_jax.optimizers import adabelief, adagrad, adam, adamw, amsgrad, lion, rmsprop, sgd, yogi
from lropt_jax.rates import mechanic
from lropt_jax.schedules import cosine
from lropt_jax.wrappers import (
    accumulate,
    clip_norm,
    ema,
    groups,
    lookahead,
    master_weights,
    multiply,
    skip_nonfinite,
)  # fmt: skip

PARAMS = {"w": jnp.array([1.0, -2.0, 0.5]), "n": None}
GRADS = {"w": jnp.array([0.1, -3.0, 0.01]), "n": None}
clip = lift(optax.clip_by_global_norm)


def after(tx, steps=1):
    state = tx.init(PARAMS)
    for _ in range(steps):
        _, state = tx.update(GRADS, state, PARAMS)
    return state


@pytest.mark.parametrize(
    ("tx", "expected"),
    [
        (sgd(0.1), 20),
        (sgd(0.1, momentum=0.9), 38),
        (sgd(0.1, momentum=0.9, nesterov=True), 2 * 1.9 / 2.8 / 0.1),
        (sgd(0.1, momentum=0.9, dampening=0.9), 380),
        (adam(0.1), 380),
        (adamw(0.1, b1=0.5), 60),
        (rmsprop(0.1), 20),
        (rmsprop(0.1, momentum=0.5), 30),
        (adagrad(0.1), 20),
        (torch.Adam(0.1), 380),
        (ema(skip_nonfinite(clip_norm(accumulate(sgd(0.1), 1), 1.0))), 20),
        (sgd(0.0), np.inf),
    ],
    ids=str,
)
def test_the_limit_is_that_of_the_papers(tx, expected):
    np.testing.assert_allclose(limit(tx), expected, rtol=1e-5)
    np.testing.assert_allclose(limit(tx, tx.init(PARAMS)), expected, rtol=1e-5)


@pytest.mark.parametrize(
    "tx",
    [lion(0.1), optax.adam(0.1), lift(optax.adam)(0.1), chain(clip(1.0), sgd(0.1)), multiply(sgd(0.1), {"w": 2.0}),
     lookahead(sgd(0.1)), groups({"w": sgd(0.1)}), sgd(mechanic(0.1)), yogi(0.1)],
    ids=lambda tx: str(tx)[:20],
)  # fmt: skip
def test_what_nobody_declared_is_unknown(tx):
    assert np.isnan(limit(tx, after(tx)))


def test_it_follows_the_rate_the_schedules_and_the_start_of_adams_average():
    tx = sgd(cosine(0.1, 10), momentum=lambda step: 0.5 + 0.1 * step)
    state = after(tx, 4)
    np.testing.assert_allclose(limit(tx, state), 2 * 1.8 / cosine(0.1, 10)(3), rtol=1e-5)
    np.testing.assert_allclose(limit(adam(0.1), after(adam(0.1), 2)), 380 * (1 - 0.9**2), rtol=1e-5)


def test_it_works_in_jit_with_traced_optimizers():
    found = jax.jit(jax.vmap(lambda rate: limit(clip_norm(sgd(rate, momentum=0.9), 1.0))))(jnp.array([0.1, 0.2]))
    np.testing.assert_allclose(found, [38, 19], rtol=1e-5)


def test_without_momentum_the_direction_is_the_scale_times_the_gradient():
    for tx in (
        sgd(1.0), adagrad(1.0), rmsprop(1.0), rmsprop(1.0, bias_correction=True), rmsprop(1.0, centered=True),
        adam(1.0, b1=0.0), adam(1.0, b1=0.0, eps_in_sqrt=True, eps=1e-2), amsgrad(1.0, b1=0.0), adabelief(1.0, b1=0.0),
        amsgrad(1.0, b1=0.0, max_of_corrected=True), yogi(1.0, b1=0.0, bias_correction=True),
    ):  # fmt: skip
        before = after(tx, 3)
        grads = {"w": jnp.array([0.3, 0.1, -0.02]), "n": None}
        updates, state = tx.update(grads, before, PARAMS)
        scale = scale_of(tx, state, PARAMS)
        assert scale["n"] is None
        np.testing.assert_allclose(-scale["w"] * grads["w"], updates["w"], rtol=1e-4, err_msg=str(tx))


def test_with_momentum_adams_direction_is_the_scale_times_its_average_over_the_weight():
    tx = adam(1.0)
    updates, state = tx.update(GRADS, after(tx, 3), PARAMS)
    np.testing.assert_allclose(
        -scale_of(tx, state, PARAMS)["w"] * state.mu["w"] / (1 - 0.9**4), updates["w"], rtol=1e-4
    )


def test_the_scale_is_found_inside_wrappers_and_chains():
    plain = scale_of(adam(0.1), after(adam(0.1)), PARAMS)["w"]
    for tx in (
        ema(adam(0.1)), lookahead(adam(0.1)), multiply(adam(0.1), {"w": 2.0}), chain(clip(100.0), adam(0.1)),
        groups({"*": adam(0.1)}), master_weights(adam(0.1)), torch.Adam(0.1),
    ):  # fmt: skip
        np.testing.assert_allclose(scale_of(tx, after(tx), PARAMS)["w"], plain, rtol=1e-5, err_msg=str(tx))
    for tx in (lion(0.1), optax.adam(0.1), chain(adam(0.1), sgd(0.1)), yogi(0.1)):
        assert scale_of(tx, after(tx), PARAMS) is None


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: limit(0.1), "limit: tx must be a gradient transformation, got 0.1"),
        (lambda: limit(adam), "limit: tx must be a value, got the factory adam; call it"),
        (lambda: limit(adam(0.1), after(sgd(0.1))), "limit: state must be a state of tx, with one AdamState, got"),
        (lambda: limit(adam(0.1), adam(0.1)), "limit: state must be what init and update return, got adam"),
        (lambda: scale_of(adam(0.1), after(sgd(0.1)), PARAMS), "scale_of: state must be a state of tx"),
    ],
)
def test_bad_arguments_are_refused(call, says):
    with pytest.raises(ValueError, match=f"^{says}"):
        call()
