"""Tests of which parameters an argument is for."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lropt_jax._core.masks import chosen
from lropt_jax.optimizers import adamw, decay, lamb, lars, muon, sgd

PARAMS = {"head": {"kernel": jnp.ones((2, 2)), "bias": jnp.ones(2)}, "norm": jnp.ones(3)}
KERNEL = {"head": {"kernel": True, "bias": False}, "norm": False}


@pytest.mark.parametrize(
    "mask",
    [
        "*kernel",
        ["*kernel"],
        frozenset(["*kernel"]),
        KERNEL,
        jax.tree.map(np.bool_, KERNEL),
        jax.tree.map(jnp.array, KERNEL),
        lambda params: jax.tree.map(lambda p: p.ndim > 1, params),
        lambda params: "*kernel",
    ],
)
def test_patterns_trees_and_functions_say_the_same(mask):
    assert chosen("mask", mask, PARAMS) == KERNEL


def test_what_ends_early_is_for_all_below():
    assert chosen("mask", {"head": True, "norm": False}, PARAMS)["head"] == {"kernel": True, "bias": True}
    assert jax.tree.leaves(chosen("mask", True, PARAMS)) == [True] * 3
    assert chosen("mask", {"w": True, "b": False}, {"w": 1.0, "b": optax.MaskedNode()})["w"] is True


RULE = "mask must be patterns, a tree of bools like the parameters or a function of them, got "


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        ([True, False, True], RULE + r"\[True, False, True\]\.$"),
        ([], RULE + r"\[\]\.$"),
        ({"*kernel": True}, RULE + r"{'\*kernel': True}; write mask=\['\*kernel'\]\.$"),
        (lambda params: [True], RULE + r"\[True\] from <lambda>"),
        (lambda params: None, RULE + "None from <lambda>"),
        (lambda params: params, RULE + "the leaf Array"),
        (jax.tree.map(str, KERNEL), RULE + "the leaf 'False'"),
        (1, RULE + "the leaf 1"),
        (lambda path, leaf: True, "mask must be a function of all parameters at once, got <function"),
        (lambda leaf: leaf.ndim > 1, "mask must be a function of all parameters at once, got <function.*'ndim'"),
        ("kernel", "pattern 'kernel' must match a parameter, got none; near are 'head/kernel'"),
    ],
)
def test_others_are_refused_with_what_a_mask_is(mask, message):
    with pytest.raises(ValueError, match="^" + message):
        chosen("mask", mask, PARAMS)
    if not isinstance(mask, str):  # `adamw` names itself
        tx = adamw(0.1, weight_decay=decay(0.5, mask=mask))
        with pytest.raises(ValueError, match="^adamw: mask must be"):
            tx.update(PARAMS, tx.init(PARAMS), PARAMS)


def test_a_traced_mask_is_refused():
    with pytest.raises(ValueError, match="mask must not be traced, got .*; make it of shapes or of names"):
        jax.jit(lambda params: chosen("mask", jax.tree.map(lambda p: p.sum() > 0, params), params))(PARAMS)


def test_a_set_of_patterns_is_refused_with_the_remedy():
    with pytest.raises(TypeError, match="decay: mask must be numbers or hashable, got .*; give a tuple"):
        decay(0.1, mask={"*kernel"})


def test_every_mask_takes_patterns():
    grads = jax.tree.map(jnp.ones_like, PARAMS)
    for by_pattern, by_tree in (
        (lars(0.1, trust_mask="*kernel"), lars(0.1, trust_mask=KERNEL)),
        (lamb(0.1, trust_mask="*kernel"), lamb(0.1, trust_mask=KERNEL)),
        (muon(0.1, adam_mask="*kernel"), muon(0.1, adam_mask=KERNEL)),
        (sgd(0.1, weight_decay=decay(0.5, mask="*kernel")), sgd(0.1, weight_decay=decay(0.5, mask=KERNEL))),
    ):
        one, other = (tx.update(grads, tx.init(PARAMS), PARAMS)[0] for tx in (by_pattern, by_tree))
        jax.tree.map(np.testing.assert_array_equal, one, other)
    with pytest.raises(ValueError, match="muon: adam_mask must be patterns, .* got the leaf 'Adam'"):
        muon(0.1, adam_mask=lambda params: {**KERNEL, "norm": "Adam"}).init(PARAMS)
