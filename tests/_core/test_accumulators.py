"""Tests of what the adaptive family remembers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax._core.accumulators import average, debias, divide, full, root, square, wide, zeros


def test_accumulators_are_wide_and_real():
    assert wide(jnp.ones(2, jnp.bfloat16)).dtype == jnp.float32
    assert zeros({"a": jnp.ones(2, jnp.float16)})["a"].dtype == jnp.float32
    assert full(jnp.ones(2, jnp.complex64), jnp.array(0.5)).dtype == jnp.float32
    with x64():
        assert zeros(jnp.ones(2, jnp.float64)).dtype == jnp.float64
        assert zeros(jnp.ones(2, jnp.float32)).dtype == jnp.float32


def test_squares_of_complex_and_half_precision_numbers():
    np.testing.assert_allclose(square(jnp.array([3 + 4j])), [25])
    assert np.isfinite(square(jnp.array([60000.0], jnp.float16)))[0]


def test_a_debiased_average_of_a_constant_is_the_constant():
    with x64():
        decay, mean = jnp.float64(0.999), jnp.zeros(1)
        for count in range(1, 50):
            mean = average(mean, jnp.full(1, 3.0), decay)
            np.testing.assert_allclose(debias(mean, decay, jnp.int32(count)), 3.0, rtol=1e-12)


@pytest.mark.parametrize("inside", [False, True])
def test_the_root_and_its_gradient_are_finite_at_zero(inside):
    for eps in (0.0, 1e-8):
        value, slope = jax.value_and_grad(lambda v, eps=eps: root(v, jnp.float32(eps), inside))(jnp.float32(0))
        assert np.isfinite(value)
        assert np.isfinite(slope)


def test_a_quotient_by_nothing_is_nothing():
    np.testing.assert_array_equal(divide(jnp.zeros(2), jnp.array([0.0, 2.0])), [0, 0])
    assert jax.grad(lambda d: divide(jnp.float32(0), d))(jnp.float32(0)) == 0
