"""Tests of second moments by rows and columns."""

import jax
import jax.numpy as jnp
import numpy as np
from laws import x64

from lropt_jax.optimizers._factored import by_rows, factored, moved, roots

ZERO = jnp.float32(0)


def test_two_long_axes_are_kept_by_their_means_and_everything_else_whole():
    tree = {"matrix": jnp.ones((4, 6)), "vector": jnp.ones(6), "thin": jnp.ones((3, 6)), "number": jnp.ones(())}
    kept = factored(tree, 4)
    assert jax.tree.map(jnp.shape, kept.whole) == {"matrix": None, "vector": (6,), "thin": (3, 6), "number": ()}
    assert jax.tree.map(jnp.shape, kept.row) == {"matrix": (4, 1), "vector": None, "thin": None, "number": None}
    assert jax.tree.map(jnp.shape, kept.col) == {"matrix": (1, 6), "vector": None, "thin": None, "number": None}


def test_of_more_axes_the_two_longest_count_and_of_equal_ones_the_last():
    for shape, row, col in (
        ((2, 5, 7), (2, 5, 1), (2, 1, 7)),
        ((7, 2, 5), (1, 2, 5), (7, 2, 1)),
        ((5, 5, 5), (5, 5, 1), (5, 1, 5)),
        ((3, 3, 9, 4), (3, 3, 1, 4), (3, 3, 9, 1)),
    ):
        kept = factored(jnp.ones(shape), 1)
        assert (kept.row.shape, kept.col.shape) == (row, col)


def test_the_last_two_axes_may_count_whichever_are_longest():
    for shape in ((7, 2, 5), (7, 5, 2), (2, 3, 4, 5), (4, 6)):
        grads = jnp.asarray(np.random.default_rng(0).normal(size=shape), jnp.float32)
        kept = moved(factored(jnp.zeros(shape), 2, "last"), grads**2, jnp.float32(1), 2, "last")
        np.testing.assert_allclose(kept.row, jnp.mean(grads**2, axis=-1, keepdims=True), rtol=1e-6)
        np.testing.assert_allclose(kept.col, jnp.mean(grads**2, axis=-2, keepdims=True), rtol=1e-6)
        outer = kept.row * kept.col / jnp.mean(kept.row, axis=-2, keepdims=True)
        np.testing.assert_allclose(roots(grads, kept, ZERO, "last") ** 2, outer, rtol=1e-5)
    assert factored(jnp.ones((5, 7, 2)), 3, "last").row is None


def test_the_root_of_a_product_of_a_row_and_a_column_is_exact():
    with x64():
        rows, cols = np.array([1.0, 4.0, 0.25]), np.array([9.0, 1e-4])
        grads = jnp.asarray(np.sqrt(np.outer(rows, cols)))
        for leaf in (grads, grads.T):
            size = roots(leaf, factored(leaf**2, 2), jnp.float64(0))
            np.testing.assert_allclose(size, leaf, rtol=1e-14)


def test_small_gradients_do_not_underflow_in_a_product():
    grads = jnp.full((2, 2), 1e-15)
    np.testing.assert_allclose(roots(grads, factored(grads**2, 2), ZERO), grads, rtol=1e-6)


def test_the_floor_is_under_the_mean_and_under_the_root():
    grads = jnp.array([[1e-3, 0.0], [0.0, 0.0]])
    size = roots(grads, factored(grads**2, 2), jnp.float32(1e-5))
    mean, part = 1e-5, 5e-7
    np.testing.assert_allclose(size, [[part / np.sqrt(mean), 1e-5], [1e-5, 1e-5]], rtol=1e-5)


def test_averages_move_by_the_share_in_their_own_dtype():
    grads = {"matrix": jnp.full((2, 2), 3.0), "vector": jnp.full(2, 3.0)}
    with x64():
        kept = moved(factored(jax.tree.map(jnp.zeros_like, grads), 2), grads, jnp.float64(0.25), 2)
    for leaf in jax.tree.leaves(kept):
        assert leaf.dtype == jnp.float32
        np.testing.assert_allclose(leaf, 0.75)


def test_nothing_seen_is_zero_and_so_are_its_slopes():
    grads = jnp.zeros((2, 2))
    slopes = jax.grad(lambda g: jnp.sum(roots(g, factored(g**2, 2), ZERO)))(grads)
    np.testing.assert_array_equal(roots(grads, factored(grads**2, 2), ZERO), grads)
    np.testing.assert_array_equal(slopes, grads)


def test_what_is_kept_whole_may_be_left_out():
    tree = {"matrix": jnp.ones((4, 6)), "vector": jnp.ones(6), "thin": jnp.ones((3, 6))}
    assert jax.tree.map(jnp.shape, by_rows(tree, 4)) == {"matrix": (4, 6), "vector": None, "thin": None}
    kept = factored(by_rows(tree, 4), 4)
    assert jax.tree.leaves(kept.whole) == []
    assert jax.tree.map(jnp.shape, moved(kept, by_rows(tree, 4), ZERO, 4).row)["matrix"] == (4, 1)
