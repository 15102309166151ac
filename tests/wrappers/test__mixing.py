"""Tests of the look at a program: does a row act on another one?"""

import jax
import jax.numpy as jnp
import pytest

from lropt_jax.wrappers._mixing import mixing

ROWS, GRADS = (jax.ShapeDtypeStruct((1_000_003, 4), "float32") for _ in range(2))

BY_ITSELF = {
    "entry by entry": lambda x, g: jnp.where(x > 0, jnp.sqrt(x) + g, 0.0),
    "within a row": lambda x, g: x / jnp.linalg.norm(x, axis=1, keepdims=True),
    "a matrix from the right": lambda x, g: x @ jnp.ones((4, 4)),
    "a sum of the gradients": lambda x, g: x * jnp.sum(g**2),
    "a program inside": lambda x, g: jax.jit(lambda x: x + 1)(x),
}
MIXED = {
    "reduce_sum": lambda x, g: x / jnp.sum(x),
    "reduce_max": lambda x, g: x / jax.jit(jnp.max)(x),
    "dot_general": lambda x, g: x @ (x.T @ x),
    "sort": lambda x, g: jnp.sort(x, axis=0),
    "cumsum": lambda x, g: jnp.cumsum(x, axis=0),
    "reshape": lambda x, g: x.ravel(),
    "scan": lambda x, g: jax.lax.fori_loop(0, 3, lambda _, x: x @ jnp.ones((4, 4)), x),
}


@pytest.mark.parametrize("name", BY_ITSELF)
def test_rows_by_themselves_pass(name):
    assert mixing(BY_ITSELF[name], ROWS, GRADS, [1_000_003]) is None


@pytest.mark.parametrize("name", MIXED)
def test_what_mixes_rows_is_named(name):
    assert mixing(MIXED[name], ROWS, GRADS, [1_000_003]) == name
