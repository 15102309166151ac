"""Tests of paths and their patterns."""

from collections import namedtuple

import jax
import jax.numpy as jnp
import optax
import pytest

from lropt_jax._core.paths import by_path, labelled, matching

Dense = namedtuple("Dense", "kernel bias")
TREE = {
    "encoder": {"layers": [Dense(jnp.ones((2, 2)), jnp.ones(2)), Dense(jnp.ones((2, 2)), None)]},
    "head": {"kernel": jnp.ones(2), "bias": jnp.ones(())},
}


def labels(tree, *patterns, rest=False):
    return jax.tree.leaves(labelled(tree, patterns, rest=rest))


def test_a_path_is_keys_names_and_indices():
    assert list(by_path(TREE)) == [
        "encoder/layers/0/kernel",
        "encoder/layers/0/bias",
        "encoder/layers/1/kernel",
        "head/bias",
        "head/kernel",
    ]
    assert by_path({"a": [1, None, 2]}) == {"a/0": 1, "a/2": 2}
    assert by_path({"a": (1, 2)}, is_leaf=lambda node: isinstance(node, tuple)) == {"a": (1, 2)}
    assert by_path(3) == {"": 3}
    assert by_path({}) == {}


def test_the_value_of_a_flax_variable_goes_by_the_name_of_the_variable():
    nnx = pytest.importorskip("flax.nnx")
    model = nnx.Linear(2, 2, rngs=nnx.Rngs(0))
    assert list(by_path(nnx.state(model, nnx.Param))) == ["bias", "kernel"]
    assert list(by_path({"value": 1, "head": {"value": 2}})) == ["head/value", "value"]


def test_a_star_crosses_slashes_and_the_whole_path_counts():
    assert labels(TREE, "encoder/*", "head/*") == ["encoder/*"] * 3 + ["head/*"] * 2
    assert labels(TREE, "*/bias", "*kernel") == ["*kernel", "*/bias", "*kernel", "*/bias", "*kernel"]
    assert labels(TREE, "*/layers/[!0]*", "*/layers/?/bias", "*")[:3] == ["*", "*/layers/?/bias", "*/layers/[!0]*"]
    assert labels({"Bias": 1, "bias": 2}, "bias", rest=True) == ["*", "bias"]
    assert labels({"a.b": 1, "axb": 2}, "a.b", rest=True) == ["a.b", "*"]
    assert labels(jnp.ones(3), "*") == ["*"]


def test_the_tree_of_labels_is_like_the_tree():
    assert jax.tree.structure(labelled(TREE, ["*"], rest=False)) == jax.tree.structure(TREE)


def test_two_parameters_of_one_path_go_together():
    assert labels({"a": {"b": 1}, "a/b": 2}, "a/b") == ["a/b", "a/b"]


def test_the_rest_is_what_no_other_pattern_takes():
    assert labels(TREE, "*", "head/*") == ["*"] * 3 + ["head/*"] * 2
    assert labels(TREE, "head/*", rest=True) == ["*"] * 3 + ["head/*"] * 2
    assert labels({"head": 1}, "*", "head") == ["head"]


def test_what_is_masked_out_is_still_a_place():
    tree = {"a": optax.MaskedNode(), "b": 1}
    assert by_path(tree) == tree
    assert labelled(tree, ["a", "b"], rest=False) == {"a": optax.MaskedNode(), "b": "b"}


def test_an_empty_tree_matches_anything():
    for empty in ({}, (), {"a": None}):
        assert labelled(empty, ["a", "b/*"], rest=False) == empty


def test_a_pattern_without_a_parameter_is_refused_with_what_is_near():
    with pytest.raises(
        ValueError,
        match=r"^pattern 'heads/\*' must match a parameter, got none; near are 'head/bias', 'head/kernel', ",
    ):
        labels(TREE, "heads/*", "*")


def test_a_parameter_with_two_patterns_is_refused_by_name():
    with pytest.raises(
        ValueError,
        match=r"^parameter 'encoder/layers/0/bias' must match one pattern, got 'encoder/\*', '\*/bias'; make",
    ):
        labels(TREE, "encoder/*", "*/bias", "*")


def test_parameters_without_a_pattern_are_refused_by_name():
    with pytest.raises(
        ValueError,
        match=r"^every parameter must match a pattern, got none for 'head/bias', 'head/kernel'; add a pattern, ",
    ):
        labels(TREE, "encoder/*")
    with pytest.raises(ValueError, match="got none for '1', '2', '3', '4', '5' and 2 more; add"):
        labels(list(range(8)), "0")


def test_leaves_match_one_pattern_or_several():
    assert matching(TREE, ["*kernel", "head/*"]) == {
        "encoder": {"layers": [Dense(True, False), Dense(True, None)]},
        "head": {"kernel": True, "bias": True},
    }
    assert matching({"a": 1, "none": None}, ["*"]) == {"a": True, "none": None}
    assert matching(3, [""]) is True


def test_every_pattern_must_match_a_leaf_or_a_place_that_is_masked_out():
    with pytest.raises(
        ValueError, match=r"^pattern 'heads/\*' must match a parameter, got none; near are 'head/bias',"
    ):
        matching(TREE, ["*kernel", "heads/*"])
    assert matching({"a": optax.MaskedNode(), "b": 1}, ["a"]) == {"a": optax.MaskedNode(), "b": False}
    assert matching({}, ["a"]) == {}
