"""Tests of where batches come from."""

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax.problems.data import Stream, drawn, is_arrays, scalar


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


def test_losses_of_two_and_three_arguments():
    assert scalar(lambda params, batch: params)(1.0, None, None) == 1.0
    assert scalar(lambda params, batch, key: key)(1.0, None, 3.0) == 3.0
