"""Tests of copies of whatever a training loop carries."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.tuning.copies import copied


def test_a_donated_or_changed_copy_leaves_the_state_as_it_is():
    state = {"w": jnp.ones(3), "host": np.ones(2), "key": jax.random.key(0), "name": "run", "act": jax.nn.relu}
    copy = copied(state)
    jax.jit(lambda x: x + 1, donate_argnums=0)(copy["w"])
    copy["host"] += 1
    np.testing.assert_array_equal(state["w"], 1)
    np.testing.assert_array_equal(state["host"], 1)
    assert bool(copy["key"] == state["key"])
    assert (copy["name"], copy["act"]) == ("run", jax.nn.relu)


@pytest.mark.parametrize("around", [lambda node: node, lambda node: (node, jnp.ones(2))])
def test_nnx_objects_are_new_and_a_shared_part_stays_shared(around):
    nnx = pytest.importorskip("flax.nnx")
    inner = nnx.Linear(2, 2, rngs=nnx.Rngs(0))
    state = around(nnx.List([inner, inner]) if hasattr(nnx, "List") else nnx.Sequential(inner, inner))
    copy = copied(state)
    pair = copy[0] if isinstance(copy, tuple) else copy
    first, second = pair if hasattr(nnx, "List") else pair.layers
    assert first is second
    assert first is not inner
    first.kernel[...] = jnp.zeros((2, 2))
    assert np.abs(inner.kernel[...]).sum() > 0


def test_an_equinox_module_is_a_tree():
    eqx = pytest.importorskip("equinox")
    model = eqx.nn.MLP(2, 1, 4, 1, key=jax.random.key(0))
    copy = copied(model)
    assert jax.tree.structure(copy) == jax.tree.structure(model)
    assert copy.layers[0].weight is not model.layers[0].weight


def test_a_variable_of_keras_becomes_its_array():
    class Variable:
        def __jax_array__(self):
            return jnp.ones(2)

    np.testing.assert_array_equal(copied([Variable()])[0], 1)
