"""Tests of where batches come from."""

import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.problems.data import Stream, is_arrays

X = np.arange(4.0)


def test_arrays_are_told_from_iterables_of_batches():
    assert is_arrays(np.ones(3))
    assert is_arrays({"x": jnp.ones(3), "y": (np.ones(3),)})
    assert not is_arrays([np.ones(3), np.ones(3)])
    assert not is_arrays(iter([np.ones(3)]))
    assert not is_arrays(range(3))


def test_chunks_hold_every_batch_in_order_and_begin_again():
    stream = Stream([np.full(2, value) for value in range(5)])
    chunks = list(stream.chunks(70))
    assert [len(chunk) for chunk in chunks] == [32, 32, 6]
    np.testing.assert_array_equal(np.concatenate(chunks)[:, 0], np.arange(70) % 5)


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
