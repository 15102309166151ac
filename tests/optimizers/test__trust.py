"""Tests of the trust ratio."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.optimizers._trust import norm, trust_ratio, trusted


def test_the_norm_is_euclidean_and_wide_and_real():
    assert norm(jnp.array([3.0, -4.0], jnp.bfloat16)) == 5
    assert norm(jnp.array([3.0, -4.0], jnp.bfloat16)).dtype == jnp.float32
    assert norm(jnp.full(2, 3e4, jnp.float16)) == pytest.approx(3e4 * np.sqrt(2))
    assert norm(jnp.array([3 + 4j])) == 5


def test_the_norm_of_zeros_has_a_finite_gradient():
    np.testing.assert_array_equal(jax.grad(norm)(jnp.zeros(3)), np.zeros(3))


def test_the_ratio_is_one_where_either_is_zero():
    zero, one, two = jnp.zeros(()), jnp.ones(()), jnp.full((), 2.0)
    assert trust_ratio(two, one, 0.1) == pytest.approx(0.2)
    assert trust_ratio(zero, one, 0.1) == trust_ratio(one, zero, 0.1) == trust_ratio(zero, zero, 0.1) == 1
    assert np.isfinite(jax.grad(trust_ratio, (0, 1))(zero, zero)).all()


@pytest.mark.parametrize("mask", [{"w": True, "b": False}, lambda params: {name: name == "w" for name in params}])
def test_steps_are_scaled_where_the_mask_is_true(mask):
    steps, params = {"w": jnp.ones(4), "b": jnp.ones(4)}, {"w": jnp.full(4, 3.0), "b": jnp.full(4, 3.0)}
    scaled = trusted(steps, jax.tree.map(norm, steps), params, mask, trust_ratio)
    np.testing.assert_allclose(scaled["w"], 3 * np.ones(4))
    np.testing.assert_array_equal(scaled["b"], np.ones(4))


def test_it_needs_the_parameters():
    with pytest.raises(ValueError, match=r"^update needs params for the trust ratio; call tx.update\(grads, sta"):
        trusted(jnp.ones(2), norm(jnp.ones(2)), None, None, trust_ratio)
