"""Tests of `_blocks`."""

import jax.numpy as jnp
import numpy as np

from lropt_jax.optimizers._blocks import blocks, joined

LEAF = jnp.arange(2 * 5 * 6.0).reshape(2, 5, 6)


def test_blocks_are_equal_and_no_longer_than_asked():
    tiles = blocks(LEAF, 2, 4)
    assert tiles.shape == (2, 2, 2, 3, 3)
    np.testing.assert_array_equal(tiles[1, 0, 1], LEAF[1, :3, 3:])
    assert not np.any(tiles[:, 1, :, 2])  # filled up
    assert blocks(LEAF, 2, 6) is LEAF


def test_they_are_joined_again():
    for order in (2, 3):
        for size in (1, 2, 3, 4, 6):
            np.testing.assert_array_equal(joined(blocks(LEAF, order, size), LEAF.shape, order, size), LEAF)
