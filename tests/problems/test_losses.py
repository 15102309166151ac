"""Tests of how a loss is called."""

import functools

import jax
import numpy as np
import pytest

from lropt_jax.problems.losses import Loss


def called(loss, state=(), result=0):
    """The value at params 1, batch 2 and key 3, in training; or all of it."""
    found = loss(1.0, state, 2.0, 3.0, training=True)
    return found if result is None else found[result]


def three(params, batch, key):
    return key


@pytest.mark.parametrize(
    "loss",
    [
        three,
        jax.jit(three),
        lambda params, batch, noise: noise,
        lambda params, batch, noise, /: noise,
        lambda params, batch, key=None: key,
        lambda params, batch, rng=None, scale=1.0: rng,
        lambda params, batch, train=True, key=None: key * train,
        lambda params, batch, *, key: key,
        lambda params, batch, training, noise: noise * training,
        functools.partial(lambda params, batch, scale, key: key / scale, scale=1.0),
    ],
)
def test_a_key_is_given_to_a_third_argument_without_default_and_to_one_of_that_name(loss):
    assert called(Loss.of(loss)) == 3.0


@pytest.mark.parametrize(
    "loss",
    [
        lambda params, batch: params + batch,
        lambda params, batch, reg=0.0: params + batch + reg,
        lambda params, batch, train=True: params + batch * train,
        lambda params, batch, *, reg=0.0: params + batch + reg,
        lambda params, batch, **options: params + batch + len(options),
        lambda *both: sum(both),
        lambda params, batch, training: params + batch * training,
        lambda params, batch, *, is_training=False: params + batch * is_training,
        lambda key, rng: key + rng,
        functools.partial(lambda params, batch, reg: params + batch + reg, reg=0.0),
        functools.partial(lambda params, batch, key=1.0: params + batch + key, key=0.0),
    ],
)
def test_other_losses_get_no_key(loss):
    read = Loss.of(loss)
    assert read.key is None
    assert called(read) == 3.0


@pytest.mark.parametrize("value", [None, {}])
def test_a_loss_returns_a_number_alone(value):
    got = f"got a {type(value).__name__}; return the loss alone"
    with pytest.raises(ValueError, match=rf"^Problem.from_loss: loss must return a scalar, {got}\.$"):
        called(Loss.of(lambda params, batch: value))


def test_the_error_for_a_tuple_names_what_a_pair_may_be():
    remedy = r"say has_state=True if it returns \(value, state\), or has_aux=True if it returns \(value, metrics\)"
    with pytest.raises(ValueError, match=rf"^Problem.from_loss: loss must return a scalar, got a tuple; {remedy}\.$"):
        called(Loss.of(lambda params, batch: (1.0, {"accuracy": 0.5})))


@pytest.mark.parametrize(
    ("flags", "result", "message"),
    [
        ({"has_state": True}, 1.0, r"\(value, state\) for has_state=True, got 1.0"),
        ({"has_aux": True}, (1.0, {}, {}), r"\(value, metrics\) for has_aux=True, got \(1.0, \{\}, \{\}\)"),
        (
            {"has_aux": True, "has_state": True},
            (1.0, 0.0),
            r"\(value, \(state, metrics\)\) for has_state=True and has_aux",
        ),
        ({"has_aux": True}, (1.0, [0.5]), r"metrics as a dict of scalars, got \[0.5\]"),
        ({"has_aux": True}, (1.0, {"hits": np.ones(3)}), r"metrics as a dict of scalars, got \{'hits': float64\[3\]\}"),
        ({"has_aux": True}, (np.ones(3), {}), r"a scalar, got shape \(3,\); average over the batch"),
        ({"has_state": True}, (1.0, {"mean": np.ones(2)}), r"a state like the one that it gets, 0.0, got \{'mean': "),
    ],
)
def test_other_results_are_refused(flags, result, message):
    loss = (lambda params, state, batch: result) if "has_state" in flags else lambda params, batch: result
    with pytest.raises(ValueError, match=f"^Problem.from_loss: loss must return {message}"):
        called(Loss.of(loss, **flags), state=0.0)


def test_a_state_comes_before_the_batch_and_a_key_after_it():
    read = Loss.of(lambda params, state, batch, key: (params + key, state + batch), has_state=True)
    assert called(read, state=4.0, result=None) == (4.0, (6.0, {}))


def test_losses_of_one_function_are_equal():
    assert Loss.of(three) == Loss.of(three)
    assert Loss.of(three) != Loss.of(three, has_aux=True)


def test_a_callable_that_has_no_hash_is_a_loss():
    class Arrays:
        __hash__ = None

        def __call__(self, params, batch):
            return params + batch

    assert called(Loss.of(Arrays())) == 3.0
    hash(Loss.of(Arrays()))
