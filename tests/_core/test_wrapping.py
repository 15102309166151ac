"""Tests of what wrappers share."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import x64

from lropt_jax._core.wrapping import before, copied, extended, is_narrow, like, nearer, widened


def test_only_gradient_transformations_are_wrapped_and_all_take_extra_arguments():
    tx = extended(optax.sgd(0.1))
    tx.update(jnp.ones(2), tx.init(jnp.ones(2)), value=1.0)
    with pytest.raises(TypeError, match="optimizer must be a gradient transformation, got 'sgd'"):
        extended("sgd")


def test_gradients_are_changed_in_float32_by_the_count_and_updates_come_back_in_their_dtype():
    seen = []

    def double(grads, params, count):
        seen.append((grads.dtype, params, int(count)))
        return 2 * grads

    tx = before(optax.sgd(0.5), double)
    state = tx.init(jnp.ones(2))
    for _ in range(2):
        updates, state = tx.update(jnp.ones(2, jnp.bfloat16), state, "params")
    assert seen == [(jnp.float32, "params", 0), (jnp.float32, "params", 1)]
    np.testing.assert_array_equal(updates, -jnp.ones(2, jnp.bfloat16))


def test_trees_change_dtype_and_place():
    tree = {"low": jnp.ones(2, jnp.float16), "none": None}
    assert widened(tree)["low"].dtype == jnp.float32
    assert like(widened(tree), tree)["low"].dtype == jnp.float16
    copy = copied(tree)
    assert copy["low"].unsafe_buffer_pointer() != tree["low"].unsafe_buffer_pointer()
    jax.tree.map(np.testing.assert_array_equal, copy, tree)


def test_a_tree_follows_the_parameters_after_an_update():
    low = {"a": jnp.full(2, 3.0, jnp.bfloat16)}
    moved = nearer({"a": jnp.zeros(2)}, low, {"a": jnp.ones(2, jnp.bfloat16)}, jnp.float32(0.25))
    np.testing.assert_array_equal(moved["a"], jnp.ones(2))


def test_narrow_are_bf16_and_f16_alone():
    with x64():
        narrow = {
            dtype: is_narrow(jnp.ones(2, dtype)) for dtype in ("bfloat16", "float16", "float32", "float64", "int32")
        }
    assert narrow == {"bfloat16": True, "float16": True, "float32": False, "float64": False, "int32": False}
    assert not is_narrow(0.5)
