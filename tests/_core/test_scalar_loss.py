"""Tests of a loss as a function of the parameters that are learned."""

import jax
import jax.numpy as jnp
import pytest

from lropt_jax._core.scalar_loss import ScalarLoss

MODEL = {"w": jnp.ones(2, jnp.bfloat16), "n": jnp.arange(3), "act": jnp.tanh, "none": None}


def test_only_what_has_gradients_moves():
    scalar = ScalarLoss.of("loss", lambda m: jnp.sum(m["w"]) + m["act"](0.0) + jnp.sum(m["n"]), MODEL)
    assert jax.tree.structure(scalar.start) == jax.tree.structure({"w": 0, "n": None, "act": None, "none": None})
    moved = scalar.moved(
        scalar.step("update", {"w": jnp.ones(2), "n": None, "act": None, "none": None}), jnp.array(3.0)
    )
    assert moved["w"].dtype == jnp.bfloat16
    value = scalar.value(moved)
    assert (value, value.dtype) == (8 + 3, jnp.float32)


def test_an_update_of_none_is_zeros_and_another_tree_must_have_all():
    scalar = ScalarLoss.of("loss", lambda m: jnp.sum(m["a"] + m["b"]), {"a": jnp.ones(2), "b": jnp.ones(2)})
    assert scalar.step("update", {"a": jnp.ones(2), "b": None})["b"].sum() == 0
    with pytest.raises(ValueError, match="scale must be a tree like params"):
        scalar.beside("scale", {"a": jnp.ones(2), "b": None})


def test_a_refusal_inside_the_loss_keeps_its_words():
    from lropt_jax.optimizers import adam

    with pytest.raises(ValueError, match="adam: b1 must be in"):
        ScalarLoss.of("loss", lambda x: adam(0.1, b1=2.0), jnp.ones(2))
