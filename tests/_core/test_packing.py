"""Tests of trees whose small arrays are joined."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax._core.packing import Pack, layout_of, packed, unpacked

TREE = {
    "a": jnp.arange(6.0).reshape(2, 3),
    "big": jnp.ones((4, 5)),
    "c": [jnp.array(7.0), jnp.zeros((0, 2))],
    "d": None,
}


def back(pack):
    return unpacked(pack, jnp.array(True))


@pytest.mark.parametrize("below", [1, 7, 100])
def test_a_tree_is_packed_and_comes_back(below):
    layout = layout_of(TREE, below)
    jax.tree.map(np.testing.assert_array_equal, back(packed(TREE, layout)), TREE)


def test_small_arrays_are_one_vector_and_large_ones_keep_their_paths():
    pack = packed(TREE, layout_of(TREE, 7))
    assert {name: array.shape for name, array in pack.arrays.items()} == {"small float32": (7,), "big": (4, 5)}


def test_each_dtype_has_a_vector_of_its_own():
    tree = {"a": jnp.ones(2), "b": jnp.ones(3, jnp.bfloat16), "c": jnp.ones(4)}
    pack = packed(tree, layout_of(tree, 10))
    assert {name: array.size for name, array in pack.arrays.items()} == {"small float32": 6, "small bfloat16": 3}


def test_many_arrays_of_several_sizes_come_back():
    tree = [jnp.full((number % 3 + 1, 2), float(number)) for number in range(130)]
    layout = layout_of(tree, 100)
    jax.tree.map(np.testing.assert_array_equal, jax.jit(back)(packed(tree, layout)), tree)
    together = jax.vmap(lambda scale: back(packed([scale * leaf for leaf in tree], layout)))(jnp.array([1.0, 2.0]))
    np.testing.assert_array_equal(together[7][1], 2 * tree[7])


def test_equal_layouts_are_one_object_and_gradients_of_another_dtype_fit():
    layout = layout_of(TREE, 7)
    assert layout_of(jax.tree.map(jnp.ones_like, TREE), 7) is layout
    mixed = {**TREE, "c": [jnp.array(7.0, jnp.bfloat16), jnp.zeros((0, 2))]}
    assert packed(mixed, layout).arrays["small float32"].dtype == jnp.float32


def test_it_is_a_node_of_jax_with_names():
    pack = packed(TREE, layout_of(TREE, 7))
    double = jax.tree.map(lambda leaf: 2 * leaf, pack)
    assert isinstance(double, Pack)
    paths = [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(double)]
    assert paths == ["['small float32']", "['big']"]
    assert repr(pack).startswith("Pack(small float32=[")


def test_a_tree_of_other_shapes_is_not_taken():
    pack = packed(TREE, layout_of(TREE, 7))
    other = {"a": jnp.ones(3)}
    assert pack.taken(other) is other
    np.testing.assert_array_equal(pack.taken(TREE).arrays["small float32"], pack.arrays["small float32"])
