"""Tests of the sums over one leaf."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.diagnostics._sums import sums


@pytest.mark.parametrize("shape", [(), (5,), (3, 4), (90, 100)])
def test_a_small_leaf_and_a_large_one_give_what_numpy_gives(shape):
    u, g, b, p = np.random.default_rng(0).normal(size=(4, *shape)).astype(np.float32)
    rates = np.where(g > 0.1, np.abs(u), np.nan).astype(np.float32)
    found = sums(tuple(map(jnp.asarray, (u, g, b, p))), jnp.asarray(rates))
    expected = [np.sum(one * other) for one, other in ((u, u), (g, g), (b, b), (p, p), (u, g), (u, b))]
    np.testing.assert_allclose(found[:6], expected, rtol=1e-4, atol=1e-3)
    np.testing.assert_array_equal(found[6:], [np.nanmin(rates, initial=np.inf), np.nanmax(rates, initial=-np.inf)])


def test_complex_leaves_low_precision_and_lanes():
    leaf = jnp.array([3 + 4j])
    np.testing.assert_allclose(sums((leaf, -leaf), jnp.ones(1)), [25, 25, -25, 1, 1])
    assert sums((jnp.full(3, 300, jnp.float16),) * 2, jnp.ones(3))[0] == 270_000
    np.testing.assert_allclose(jax.vmap(sums)((jnp.eye(2),) * 3, jnp.eye(2)), [[1] * 5 + [0, 1]] * 2)
