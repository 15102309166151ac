"""Tests of what the adaptive family remembers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax._core.accumulators import (
    average,
    debias,
    divide,
    full,
    over_root,
    root,
    square,
    square_root,
    weight,
    wide,
    zeros,
)


def test_accumulators_are_wide_and_real():
    assert wide(jnp.ones(2, jnp.bfloat16)).dtype == jnp.float32
    assert zeros({"a": jnp.ones(2, jnp.float16)})["a"].dtype == jnp.float32
    assert full(jnp.ones(2, jnp.complex64), jnp.array(0.5)).dtype == jnp.float32
    with x64():
        assert zeros(jnp.ones(2, jnp.float64)).dtype == jnp.float64
        assert zeros(jnp.ones(2, jnp.float32)).dtype == jnp.float32


def test_accumulators_lie_where_their_parameters_do():
    place = jax.sharding.NamedSharding(jax.make_mesh((1,), ("x",)), jax.sharding.PartitionSpec("x"))
    params = jax.device_put(jnp.ones(4, jnp.bfloat16), place)
    assert zeros(params).sharding == full(params, jnp.float32(1)).sharding == place


def test_no_two_accumulators_are_one_array():
    params, value = {"a": jnp.float32(1), "b": jnp.float32(2), "c": jnp.ones(2)}, jnp.float32(0.5)
    arrays = jax.tree.leaves((params, value, zeros(params), full(params, value)))
    assert len({array.unsafe_buffer_pointer() for array in arrays}) == len(arrays)


def test_what_is_wide_already_is_not_copied():
    leaf = jnp.ones(2)
    assert wide(leaf) is leaf
    assert not wide(jnp.asarray(1.0)).weak_type


def test_squares_of_complex_and_half_precision_numbers():
    np.testing.assert_allclose(square(jnp.array([3 + 4j])), [25])
    assert np.isfinite(square(jnp.array([60000.0], jnp.float16)))[0]


def test_a_debiased_average_of_a_constant_is_the_constant():
    with x64():
        decay, mean = jnp.float64(0.999), jnp.zeros(1)
        for count in range(1, 50):
            mean = average(mean, jnp.full(1, 3.0), decay)
            np.testing.assert_allclose(debias(mean, weight(decay, jnp.int32(count))), 3.0, rtol=1e-12)


@pytest.mark.parametrize("inside", [False, True])
def test_the_root_and_its_gradient_are_finite_at_zero(inside):
    for eps in (0.0, 1e-8):
        value, slope = jax.value_and_grad(lambda v, eps=eps: root(v, jnp.float32(eps), inside))(jnp.float32(0))
        assert np.isfinite(value)
        assert np.isfinite(slope)


def test_a_quotient_by_nothing_is_nothing():
    np.testing.assert_array_equal(divide(jnp.zeros(2), jnp.array([0.0, 2.0])), [0, 0])
    assert jax.grad(lambda d: divide(jnp.float32(0), d))(jnp.float32(0)) == 0


def test_nan_is_not_turned_into_standing_still():
    assert np.isnan(divide(jnp.float32(1), jnp.float32(np.nan)))
    assert np.isnan(square_root(jnp.float32(np.nan)))


def test_a_root_of_nothing_is_nothing_and_so_is_its_slope():
    value, slope = jax.value_and_grad(square_root)(jnp.float32(0))
    assert (value, slope) == (0, 0)


def test_the_weight_of_a_long_average_is_exact_in_float32():
    with x64():
        exact = 1 - np.float64(np.float32(0.9999)) ** np.arange(1, 50)
    np.testing.assert_allclose(weight(jnp.float32(0.9999), jnp.arange(1, 50)), exact, rtol=5e-7)
    assert weight(jnp.float32(0), jnp.int32(1)) == 1
    assert np.isfinite(jax.grad(weight)(jnp.float32(0), jnp.float32(3)))


def test_what_underflow_takes_from_the_second_moment_does_not_blow_up():
    for size in (1e-30, 1e-22, 1e-20, 1e-18):
        g = jnp.float32(size)
        assert jnp.abs(over_root(g, 1e-3 * square(g), jnp.float32(0))) < 40
