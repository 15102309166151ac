"""Tests of branches that stay branches under `vmap`."""

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.anywhere import anywhere


def choose(x, go):
    return jax.lax.cond(anywhere(go), lambda: jnp.where(go, jnp.sin(x), x), lambda: x)


def test_a_branch_stays_one_under_vmap_nested_too_and_each_lane_is_right():
    x, go = jnp.arange(4.0).reshape(2, 2), jnp.array([[True, False], [False, True]])
    for given in (go, jnp.zeros_like(go)):
        found = jax.jit(jax.vmap(jax.vmap(choose)))(x, given)
        np.testing.assert_allclose(found, np.where(given, np.sin(x), x), rtol=1e-6)
    assert "cond[" in str(jax.make_jaxpr(jax.vmap(jax.vmap(choose)))(x, go))


def test_slopes_go_through():
    slopes = jax.vmap(jax.grad(choose))(jnp.ones(2), jnp.array([True, False]))
    np.testing.assert_allclose(slopes, [np.cos(1.0), 1], rtol=1e-6)
