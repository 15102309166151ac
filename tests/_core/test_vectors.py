"""Tests of trees as vectors."""

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.vectors import distance, dot, l1_norm, norm, sum_of_squares


def test_products_go_over_all_leaves_in_float32_or_wider():
    left = {"w": jnp.array([1.0, 2.0], jnp.bfloat16), "b": jnp.array([3.0]), "none": None}
    assert dot(left, left) == 14
    assert dot(left, left).dtype == jnp.float32
    assert dot({}, {}) == 0
    large = jnp.full(3, 300.0, jnp.float16)
    assert dot(large, large) == 270_000


def test_products_of_complex_leaves_are_the_real_part():
    left, right = jnp.array([1 + 2j]), jnp.array([3 - 1j])
    assert dot(left, right) == 1
    np.testing.assert_allclose(dot(left, left), norm(left) ** 2, rtol=1e-6)


def test_squares_are_summed_over_all_leaves():
    assert sum_of_squares({"a": jnp.array([3 + 4j]), "b": jnp.full(4, 300.0, jnp.float16), "none": None}) == 360_025


def test_absolute_values_are_summed_over_all_leaves():
    assert l1_norm({"w": jnp.array([1.0, -2.0], jnp.bfloat16), "b": jnp.array([3 + 4j]), "none": None}) == 8
    assert l1_norm({}) == 0
    assert l1_norm(jnp.full(3, -40_000.0, jnp.float16)) == 120_000


def test_a_distance_has_a_slope_of_zero_at_zero():
    tree = {"w": jnp.ones(3), "b": jnp.zeros(2)}
    assert distance(tree, jax.tree.map(lambda leaf: leaf + 2, tree)) == np.float32(np.sqrt(20))
    assert all(np.all(leaf == 0) for leaf in jax.tree.leaves(jax.grad(lambda p: distance(p, tree))(tree)))
