"""Tests of quantiles from sums."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.diagnostics._quantiles import quantiles

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


@jax.jit
def of_pairs(leaves):
    return quantiles(leaves, [[0, 2], [1]], SHARES)


@pytest.mark.parametrize("spread", [0.01, 1.0, 6.0])
def test_they_are_those_of_numpy(spread):
    leaves = [np.exp(spread * np.random.default_rng(place).normal(size=501)).astype(np.float32) for place in range(3)]
    found = np.asarray(of_pairs(leaves))
    for row, values in zip(found, (np.concatenate([leaves[0], leaves[2]]), leaves[1]), strict=True):
        expected = np.quantile(values, SHARES)
        np.testing.assert_array_equal(row[[0, 4]], expected[[0, 4]])
        np.testing.assert_allclose(row, expected, rtol=0.05)


def test_nan_is_left_out_and_nothing_gives_nan():
    leaves = [jnp.array([jnp.nan, 2.0, 0.0, 2.0]), jnp.full(3, jnp.nan), jnp.float32(0.5)]
    found = np.asarray(jax.jit(lambda leaves: quantiles(leaves, [[0], [1], [2]], SHARES))(leaves))
    np.testing.assert_allclose(found[0, [0, 2, 4]], [0, 2, 2], atol=1e-6, rtol=0.03)
    assert np.isnan(found[1]).all()
    np.testing.assert_allclose(found[2], 0.5)
    assert quantiles([], [], SHARES).shape == (0, 5)
