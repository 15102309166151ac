"""Tests of array functions that need no device."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax._core import arrays as xp


@pytest.mark.parametrize("name", ["sin", "exp", "expm1", "log1p", "sqrt", "rsqrt", "tanh", "floor", "rint", "absolute"])
def test_numbers_of_the_host_stay_there_and_others_on_the_device(name):
    function = getattr(xp, name)
    for number in (np.float32(0.7), np.array([0.7, 2.5], np.float32)):
        assert isinstance(function(number), (np.float32, np.ndarray))
        assert isinstance(function(jnp.asarray(number)), jax.Array)
        np.testing.assert_allclose(function(number), function(jnp.asarray(number)), rtol=1e-6)
    assert isinstance(jax.jit(function)(0.7), jax.Array)


def test_one_array_of_jax_among_the_arguments_is_enough():
    assert isinstance(xp.maximum(np.float32(1), jnp.asarray(2.0)), jax.Array)
    assert isinstance(xp.where(np.bool_(True), np.float32(1), jnp.asarray(2.0)), jax.Array)
    assert not xp.on_host(1.0, jnp.ones(2))


def test_single_numbers_are_chosen_and_arrays_broadcast():
    assert xp.where(np.bool_(True), np.float32(1), 0) == 1
    np.testing.assert_array_equal(xp.where(np.bool_(False), np.ones(2), 0), [0, 0])
    np.testing.assert_array_equal(xp.where(np.array([True, False]), 1, 0), [1, 0])


def test_only_the_branch_that_counts_is_called():
    def never():
        raise AssertionError

    assert xp.choose(np.bool_(True), lambda: 1, never) == 1
    assert xp.choose(np.bool_(False), never, lambda: 2) == 2
    np.testing.assert_array_equal(xp.choose(np.array([True, False]), lambda: 1, lambda: 2), [1, 2])
    np.testing.assert_array_equal(xp.choose(jnp.array([True, False]), lambda: 1, lambda: 2), [1, 2])


def test_sequences_become_arrays_of_jax_where_one_holds_some():
    assert isinstance(xp.asarray([1.0, 2.0]), np.ndarray)
    assert isinstance(xp.asarray((1.0, jnp.asarray(2.0))), jax.Array)
    assert jax.jit(lambda number: xp.asarray([1.0, number]))(2.0).shape == (2,)
    assert isinstance(xp.asarray(3), np.generic)


def test_entries_are_picked_by_places_of_either_kind():
    table = np.array([1.0, 2.0, 3.0], np.float32)
    assert xp.pick(table, np.int32(1)) == 2
    assert jax.jit(lambda place: xp.pick(table, place))(1) == 2


def test_ones_of_a_binary_number_are_counted():
    np.testing.assert_array_equal(xp.population_count(np.array([0, 7, 2**31 - 1], np.int32)), [0, 3, 31])
    np.testing.assert_array_equal(xp.population_count(jnp.array([0, 7, 2**31 - 1])), [0, 3, 31])
