"""Tests of what `init` and `update` are given."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lropt_jax._core.incoming import held, received
from lropt_jax.optimizers import adam, adamw, nadamw, sgd
from lropt_jax.rates import line_search, polyak
from lropt_jax.schedules import cosine
from lropt_jax.wrappers import clip_norm, ema, lookahead, master_weights, schedule_free, skip_nonfinite

X = jnp.ones(2)
PARAMS, STATE = {"a": X, "b": X}, adam(0.1).init({"a": X, "b": X})


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: adam(0.1).update({"c": X}, STATE, PARAMS), "adam: grads must have the tree .* 'c', no parameter"),
        (lambda: sgd(0.1).update({"c": X}, sgd(0.1).init(PARAMS), PARAMS), "sgd: grads .* one for 'c', no parameter"),
        (lambda: adam(0.1).update({"a": X}, STATE, PARAMS), "adam: grads must have the tree of params, .*got PyTree"),
        (lambda: adam(0.1).update(None, STATE, PARAMS), r"adam: grads must .* got PyTreeDef\(None\)"),
        (
            lambda: adam(0.1).update({"a": X}, STATE),
            r"adam: grads must have the tree that init had, got PyTreeDef\({'a'",
        ),
        (lambda: adam(0.1).update({"a": X, "b": jnp.ones(3)}, STATE, PARAMS), r"adam: .* \(2,\) at 'b', got \(3,\)"),
        (lambda: adam(0.1).update(jnp.ones((2, 2)), adam(0.1).init(X), X), r"adam: grads .* \(2,\), got \(2, 2\)"),
        (lambda: adam(0.1).update((jnp.float32(1), X), adam(0.1).init(X), X), "adam: grads .* take the second"),
        (
            lambda: adam(0.1).update(jax.grad(jnp.sum), adam(0.1).init(X), X),
            "adam: grads must be arrays, got <function",
        ),
        (
            lambda: adam(0.1).update(STATE, PARAMS),
            "adam: state must be one of this optimizer and these params, got no count",
        ),
        (
            lambda: adam(0.1).update(PARAMS, None, PARAMS),
            "adam: state must be one of this optimizer and these params, got no count",
        ),
        (lambda: adam(0.1).update(PARAMS, PARAMS, STATE), "adam: grads must .*; call tx.update.grads, state, params"),
        (
            lambda: clip_norm(sgd(0.1), 1.0).update(PARAMS, None, PARAMS),
            "clip_norm: state must be one of this optimizer",
        ),
        (lambda: adam(0.1).init("a"), "adam: params must be arrays, got 'a'"),
        (lambda: adam(0.1).init({"f": jnp.sum}), "adam: params must be arrays, got <.*sum.*> at 'f'"),
        (lambda: adam(0.1).init({"key": jax.random.key(0)}), "adam: params must be arrays of numbers, got key<fry> at"),
        (lambda: adamw(0.1).update(X, adamw(0.1).init(X)), "adamw: update needs params for weight_decay; call tx"),
        (lambda: sgd(polyak()).update(X, sgd(polyak()).init(X), X), "polyak: update needs value; call tx.update"),
        (lambda: cosine(0.1, 9)(1, 2), "cosine: a schedule takes one step, got 2 arguments"),
    ],
)
def test_what_does_not_fit_is_named(use, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        use()


def test_missing_arguments_are_pythons_errors_in_readable_words():
    with pytest.raises(TypeError, match=r"^Optimizer.update\(\) missing 1 required positional argument: 'state'"):
        adam(0.1).update(X)
    with pytest.raises(TypeError, match=r"^Optimizer.init\(\) missing 1 required positional argument: 'params'"):
        adam(0.1).init()


def test_errors_of_others_stay():
    def broken(params):
        raise ZeroDivisionError

    tx = sgd(line_search(0.1))
    with pytest.raises(ZeroDivisionError):
        tx.update(X, tx.init(X), X, value=1.0, value_fn=broken)


def test_gradients_may_be_for_a_part_of_the_parameters():
    tx = sgd(0.1)
    assert tx.update({"a": X}, tx.init({"a": X}), PARAMS)[0].keys() == {"a"}


WHOLE = {"w": jnp.ones((2, 2)), "steps": jnp.array([3, 4]), "on": jnp.array([True])}


@pytest.mark.parametrize(
    "tx",
    [
        sgd(0.1, momentum=0.9, weight_decay=0.5),
        adamw(0.1, weight_decay=0.5),
        nadamw(0.1, weight_decay=0.5),
        sgd(line_search(1.0)),
        clip_norm(adamw(0.1, weight_decay=0.5), 0.1),
        ema(adamw(0.1, weight_decay=0.5), 0.5),
        lookahead(adamw(0.1, weight_decay=0.5), steps=2),
        schedule_free(sgd(0.1), weight_decay=0.5),
        skip_nonfinite(adamw(0.1, weight_decay=0.5)),
        master_weights(adamw(0.1, weight_decay=0.5)),
    ],
    ids=lambda tx: tx.factory.name,
)
def test_whole_numbers_and_bools_stay_whatever_their_gradients_are(tx):
    def loss(params):
        return jnp.sum(params["w"] ** 2)

    def step(params, state):
        grads = jax.grad(loss, allow_int=True)(params)
        updates, state = tx.update(grads, state, params, value=loss(params), value_fn=loss)
        return optax.apply_updates(params, updates), state

    params, state = WHOLE, tx.init(WHOLE)
    params, state = step(*jax.jit(step)(params, state))
    assert params["w"][0, 0] < 1
    np.testing.assert_array_equal(params["steps"], [3, 4])
    assert params["on"].dtype == bool
    assert params["on"][0]


def test_whole_numbers_with_gradients_of_other_kinds_stay_too():
    tx = adamw(1.0, weight_decay=0.5)
    for gradient in (jnp.ones(2), jnp.array([5, 5])):
        updates, _ = tx.update({"w": X, "n": gradient}, tx.init({"w": X, "n": jnp.array([3, 4])}),
                               {"w": X, "n": jnp.array([3, 4])})  # fmt: skip
        np.testing.assert_array_equal(updates["n"], 0)
        assert updates["n"].dtype == gradient.dtype


def test_what_learns_goes_through_untouched():
    grads, stays = received(PARAMS, PARAMS)
    assert grads is PARAMS
    assert stays is None
    assert held(grads, stays) is grads
    complex_ones = {"z": jnp.ones(2, jnp.complex64), "h": jnp.ones(2, jnp.bfloat16)}
    assert received(complex_ones, complex_ones)[1] is None


@pytest.mark.parametrize("tx", [adam(0.1), sgd(0.1, momentum=0.9), adamw(0.1)], ids=lambda tx: tx.factory.name)
def test_complex_parameters_learn_as_in_optax(tx):
    z = jnp.array([1 + 2j, -3j])
    other = {"adam": optax.adam(0.1), "sgd": optax.sgd(0.1, 0.9), "adamw": optax.adamw(0.1)}[tx.factory.name]
    for one, two in zip(*(_trajectory(each, z) for each in (tx, other)), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-5)


def _trajectory(tx, z):
    state, found = tx.init(z), []
    for _ in range(3):
        updates, state = tx.update(z, state, z)
        z = optax.apply_updates(z, updates)
        found.append(z)
    return found
