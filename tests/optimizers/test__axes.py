"""Tests of `_axes`."""

import jax.numpy as jnp
import numpy as np
from two_sided import product, unfolded

from lropt_jax.optimizers._axes import Form, along, by_leaf, gram, in_trees, scaled, without

LEAF = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)


def test_a_leaf_is_a_stack_a_matrix_or_a_tensor():
    leaf = jnp.asarray(LEAF)
    for form, shape, order in (
        (Form("stack"), (2, 3, 4), 2),
        (Form("flatten"), (6, 4), 2),
        (Form("flatten", "out_in"), (2, 12), 2),
        (Form("tensor"), (2, 3, 4), 3),
    ):
        assert form.of(leaf).shape == shape
        assert form.order(leaf) == order
        np.testing.assert_array_equal(form.back(form.of(leaf), leaf), leaf)


def test_products_are_along_one_axis():
    for axis in range(3):
        np.testing.assert_allclose(
            gram(jnp.asarray(LEAF), 3, axis), unfolded(LEAF, axis) @ unfolded(LEAF, axis).T, 1e-5
        )
        matrix = np.random.default_rng(1).normal(size=(LEAF.shape[axis],) * 2).astype(np.float32)
        ours = along(jnp.asarray(LEAF), jnp.asarray(matrix), 3, axis)
        np.testing.assert_allclose(ours, product(LEAF, matrix.T, axis), atol=1e-5)
    np.testing.assert_allclose(gram(jnp.asarray(LEAF), 2, 1), LEAF.swapaxes(1, 2) @ LEAF, atol=1e-5)


def test_what_leaves_have_for_their_axes_goes_into_trees_and_back():
    like = {"a": jnp.ones((2, 2)), "b": jnp.ones(3), "c": jnp.ones((2, 3))}
    rows = [(jnp.ones(1), None), (), (jnp.ones(2), jnp.ones(3))]
    trees = in_trees(rows, like, 2)
    assert [tree["b"] for tree in trees] == [None, None]
    assert [[None if part is None else part.size for part in row] for row in by_leaf(trees, like)] == [
        [1, None],
        [],
        [2, 3],
    ]
    assert by_leaf((), like) == [(), (), ()]


def test_a_mask_names_leaves_besides_vectors():
    params = {"a": jnp.ones((2, 2)), "b": jnp.ones(3)}
    assert without("mask", None, params) == [False, True]
    assert without("mask", "a", params) == [True, True]


def test_matrices_are_scaled_by_powers_of_two_and_what_is_not_finite_is_replaced():
    matrix = jnp.stack([1e30 * jnp.eye(2), 1e-30 * jnp.eye(2), 0 * jnp.eye(2), jnp.nan * jnp.eye(2)])
    sized, unit, fine = scaled(matrix)
    np.testing.assert_array_equal(sized[:2], matrix[:2] * unit[:2])
    assert np.all(np.max(sized, (1, 2))[np.array([0, 1, 3])] >= 0.5)
    assert fine[:, 0, 0].tolist() == [True, True, True, False]
