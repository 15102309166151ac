"""Tests of shuffled orders."""

import collections
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.problems.shuffle import shuffled


def orders(size, many):
    seeds = jax.random.bits(jax.random.key(size), (many, 2), jnp.uint32)
    of_seed = jax.jit(jax.vmap(lambda seed: shuffled(jnp.arange(size), size, seed, jnp.int32(0))))
    return np.asarray(of_seed(seeds))


def excess(counts, expected):
    """How far counts are from what is expected, by chi-square: 1 for chance."""
    return np.sum((np.asarray(counts) - expected) ** 2 / expected) / (len(counts) - 1)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 9, 16, 17, 1000])
def test_every_row_comes_once(size):
    np.testing.assert_array_equal(np.sort(orders(size, 50), 1), np.tile(np.arange(size), (50, 1)))


@pytest.mark.parametrize("size", [2, 4, 5, 6])
def test_every_order_of_few_rows_is_as_likely(size):
    every = list(itertools.permutations(range(size)))
    counts = collections.Counter(map(tuple, orders(size, 40 * len(every))))
    assert excess([counts[order] for order in every], 40) < 1 + 4 * (2 / (len(every) - 1)) ** 0.5


def test_neighbours_in_the_order_are_no_neighbours_in_the_data():
    found = orders(101, 500)
    steps = np.bincount(((found[:, 1:] - found[:, :-1]) % 101).ravel(), minlength=101)[1:]
    assert excess(steps, 500 * 100 / 100) < 1 + 4 * (2 / 99) ** 0.5


def test_epochs_have_orders_of_their_own():
    seed = jnp.array([1, 2], jnp.uint32)
    first, second = (np.asarray(shuffled(jnp.arange(1000), 1000, seed, jnp.int32(epoch))) for epoch in (0, 1))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.13
