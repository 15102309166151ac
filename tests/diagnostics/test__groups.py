"""Tests of the groups of parameters."""

import jax.numpy as jnp
import optax

from lropt_jax.diagnostics._groups import members

TREE = {"a": {"w": jnp.ones(1), "b": jnp.ones(1)}, "c": jnp.ones(1), "none": None}


def test_leaves_are_named_by_their_module_or_by_patterns():
    assert members(TREE, None) == {"a": [0, 1], "c": [2]}
    assert members(TREE, ("*/w",)) == {"*": [0, 2], "*/w": [1]}
    assert members({}, None) == {}


def test_what_is_masked_out_has_no_place():
    tree = {"a": optax.MaskedNode(), "b": jnp.ones(1)}
    assert members(tree, None) == {"b": [0]}
    assert members(tree, ("b",)) == {"b": [0]}
