"""Tests of what wrappers share."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import x64

from lropt_jax._core.wrapping import before, copied, is_narrow, like, nearer, needed, widened, wrapped


def test_only_gradient_transformations_are_wrapped_and_all_take_extra_arguments():
    tx = wrapped("around", optax.sgd(0.1))
    tx.update(jnp.ones(2), tx.init(jnp.ones(2)), value=1.0)
    with pytest.raises(TypeError, match="around: optimizer must be a gradient transformation, got 'sgd'"):
        wrapped("around", "sgd")


def test_gradients_are_changed_in_float32_and_updates_come_back_in_their_dtype():
    seen = []

    def double(grads, params):
        seen.append((grads.dtype, params))
        return 2 * grads

    tx = before("double", optax.sgd(0.5), double)
    updates, _ = tx.update(jnp.ones(2, jnp.bfloat16), tx.init(jnp.ones(2)), "params")
    assert seen == [(jnp.float32, "params")]
    np.testing.assert_array_equal(updates, -jnp.ones(2, jnp.bfloat16))


def test_params_are_asked_for():
    assert needed("around", 3) == 3
    with pytest.raises(ValueError, match=r"around: update needs params; call tx.update\(grads, state, params\)"):
        needed("around", None)


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
