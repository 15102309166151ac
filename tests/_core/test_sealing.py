"""Tests of what takes things that are no numbers through JAX."""

import jax
import jax.numpy as jnp

from lropt_jax._core.sealing import Static, seal
from lropt_jax._core.values import unseal
from lropt_jax.optimizers import sgd


def test_only_numbers_are_leaves_and_the_tree_comes_back_whole():
    tree = {"rate": 0.1, "words": ["a", None], "array": jnp.ones(2), "flag": True, "rule": sgd(0.1)}
    sealed = seal(tree)
    assert len(jax.tree.leaves(sealed)) == 3
    assert jax.tree.structure(jax.jit(lambda tree: tree)(sealed)) == jax.tree.structure(sealed)
    back = unseal(sealed)
    assert (back["words"], back["flag"], back["rule"]) == (["a", None], True, sgd(0.1))


def test_numbers_beyond_jax_become_floats():
    assert seal([2**40, 2**31 - 1]) == [float(2**40), 2**31 - 1]
    assert isinstance(seal(2**40), float)


def test_things_of_different_types_differ():
    assert Static(1) != Static(True)
    assert Static("a") == Static("a")
    assert len({Static("a"), Static("a"), Static("b")}) == 2
