"""Tests of where batches come from."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.problems.data import Stream, drawn, is_arrays, keyed, scalar

X = np.arange(4.0)


def test_arrays_are_told_from_iterables_of_batches():
    assert is_arrays(np.ones(3))
    assert is_arrays({"x": jnp.ones(3), "y": (np.ones(3),)})
    assert not is_arrays([np.ones(3), np.ones(3)])
    assert not is_arrays(iter([np.ones(3)]))
    assert not is_arrays(range(3))


def test_every_row_is_drawn_with_the_others_of_its_example():
    data = {"x": np.arange(10), "y": 10 * np.arange(10)}
    batch = drawn(data, 10)(jax.random.key(0))
    np.testing.assert_array_equal(batch["y"], 10 * batch["x"])
    seen = np.concatenate([drawn(data, 10)(jax.random.key(seed))["x"] for seed in range(20)])
    assert set(seen) == set(range(10))


def test_chunks_hold_every_batch_in_order_and_begin_again():
    stream = Stream([np.full(2, value) for value in range(5)])
    chunks = list(stream.chunks(70))
    assert [len(chunk) for chunk in chunks] == [32, 32, 6]
    np.testing.assert_array_equal(np.concatenate(chunks)[:, 0], np.arange(70) % 5)


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
        functools.partial(lambda params, batch, scale, key: key / scale, scale=1.0),
    ],
)
def test_a_key_is_given_to_a_third_argument_without_default_and_to_one_of_that_name(loss):
    of_three, noisy = keyed(loss)
    assert noisy
    assert of_three(1.0, 2.0, 3.0) == 3.0


@pytest.mark.parametrize(
    "loss",
    [
        lambda params, batch: params + batch,
        lambda params, batch, reg=0.0: params + batch + reg,
        lambda params, batch, train=True: params + batch * train,
        lambda params, batch, *, reg=0.0: params + batch + reg,
        lambda params, batch, **options: params + batch + len(options),
        lambda *both: sum(both),
        lambda key, rng: key + rng,
        functools.partial(lambda params, batch, reg: params + batch + reg, reg=0.0),
        functools.partial(lambda params, batch, key=1.0: params + batch + key, key=0.0),
    ],
)
def test_other_losses_get_no_key(loss):
    of_three, noisy = keyed(loss)
    assert not noisy
    assert of_three(1.0, 2.0, 3.0) == 3.0


@pytest.mark.parametrize("value", [(1.0, {"accuracy": 0.5}), None, {}])
def test_a_loss_returns_a_number_alone(value):
    got = f"got a {type(value).__name__}; return the loss alone"
    with pytest.raises(ValueError, match=rf"^Problem.from_loss: loss must return a scalar, {got}\.$"):
        scalar(lambda params: value)(1.0)


def test_a_tuple_is_data_and_a_list_is_batches():
    for tuple_or_dict in ((X.tolist(), X.tolist()), {"x": X, "y": X.tolist()}, (1.0, 2.0), ()):
        with pytest.raises(TypeError, match=r"data in a (tuple|dict) must be arrays, got .*; use np.asarray"):
            is_arrays(tuple_or_dict)
    with pytest.raises(ValueError, match=r"one shape, got \(4, 2\) and \(4,\); a tuple is data, a list is batches"):
        Stream([np.ones((4, 2)), np.ones(4)])
    with pytest.raises(TypeError, match="batches of data must be arrays, got a list of numbers; use np.asarray"):
        Stream([X.tolist(), X.tolist()])
    for legal in ([X, X], [np.float32(1), np.float32(2)], [1.0, 2.0], [(X, 1), (X, 2)], [[X, X]], range(3)):
        assert not is_arrays(legal)
        Stream(legal)
