"""Tests of quantiles from a sample."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.diagnostics._quantiles import SAMPLE, quantiles

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


def found(leaves, groups):
    every = [np.concatenate([np.ravel(leaves[place]) for place in places]) for places in groups]
    low, high = (jnp.array([end(x, initial=start) for x in every])
                 for end, start in ((np.nanmin, np.inf), (np.nanmax, -np.inf)))  # fmt: skip
    return every, np.asarray(jax.jit(lambda x: quantiles(x, groups, SHARES, low, high))(list(map(jnp.asarray, leaves))))


def test_those_of_small_groups_are_those_of_numpy():
    draw = np.random.default_rng(0).normal
    leaves = [np.exp(6 * draw(size=shape)).astype(np.float32) for shape in ((200,), (3, 5), (), (10, 31))]
    every, rows = found(leaves, [[0, 3], [1, 2]])
    for row, values in zip(rows, every, strict=True):
        np.testing.assert_allclose(row, np.quantile(values, SHARES), rtol=1e-5)


@pytest.mark.parametrize("shape", [(100_000,), (300, 400), (7, 11, 13, 17), (2, 65_536)])
def test_those_of_large_groups_are_those_of_a_sample(shape):
    leaves = [np.random.default_rng(0).normal(size=shape).astype(np.float32), np.zeros(3, np.float32)]
    (values,), rows = found(leaves, [[0, 1]])
    ranks = [np.mean(values <= row) for row in rows[0]]
    np.testing.assert_allclose(ranks, SHARES, atol=4 / np.sqrt(SAMPLE))
    np.testing.assert_array_equal(rows[0, [0, 4]], [values.min(), values.max()])


def test_nan_is_left_out_and_nothing_gives_nan():
    _, rows = found([np.array([np.nan, 2, 0, 2, -np.nan]), np.full(3, np.nan), np.float32(0.5)], [[0], [1], [2]])
    np.testing.assert_array_equal(rows[0], [0, 1, 2, 2, 2])
    assert np.isnan(rows[1]).all()
    np.testing.assert_array_equal(rows[2], 0.5)
    assert quantiles([], [], SHARES, jnp.zeros(0), jnp.zeros(0)).shape == (0, 5)


def test_infinite_and_negative_numbers_are_sorted_too():
    _, rows = found([np.array([np.inf, 1, -3, -1, -np.inf])], [[0]])
    np.testing.assert_array_equal(rows[0], [-np.inf, -3, -1, 1, np.inf])
