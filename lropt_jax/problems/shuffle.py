"""Rows in a shuffled order, each found by itself: no list of them is kept, and nothing is sorted."""

import math

import jax
import jax.numpy as jnp
import numpy as np

# NumPy's: an array of JAX would start its devices at the import, before `jax.distributed.initialize()` can.
_ROUNDS = 16
_GOLDEN, _FIRST, _SECOND = (np.uint32(each) for each in (0x9E3779B9, 0x85EBCA6B, 0xC2B2AE35))


def shuffled(places: jax.Array, size: int, seed: jax.Array, epoch: jax.Array) -> jax.Array:
    """The rows at these places of an order of all rows, another one in each epoch.

    A place is a cell of a grid that is nearly square. Each round moves the cells of a row of the grid by a number
    that is drawn for that row, then those of a column: a Feistel network on whole numbers (Black and Rogaway 2002).
    Cells beyond the last row go through it again until they leave.

    Args:
        places: From 0 to `size - 1`, (n,).
        size: How many rows there are.
        seed: Of the orders, (2,) uint32.
        epoch: () int32.

    Returns:
        Rows, (n,) int32. All places together give every row once.
    """
    width = math.isqrt(size - 1) + 1
    height = 2 * -(-size // (2 * width))  # even: moves along odd lines alone reach no more than half of all orders
    base = _mixed(_mixed(seed[0] + _GOLDEN * epoch.astype(jnp.uint32)) ^ seed[1])
    keys = [_mixed(base + _GOLDEN * jnp.uint32(place + 1)) for place in range(_ROUNDS)]

    def moved(cells: jax.Array) -> jax.Array:
        row, column = cells // width, cells % width
        for down, along in zip(keys[::2], keys[1::2], strict=True):
            row = (row + _mixed(column * _GOLDEN ^ down) % height) % height
            column = (column + _mixed(row * _GOLDEN ^ along) % width) % width
        return row * width + column

    cells = moved(places.astype(jnp.uint32))
    if width * height > size:
        beyond = jnp.uint32(size)
        cells = jax.lax.while_loop(
            lambda cells: jnp.any(cells >= beyond), lambda cells: jnp.where(cells >= beyond, moved(cells), cells), cells
        )
    return cells.astype(jnp.int32)


def _mixed(bits: jax.Array) -> jax.Array:
    """Bits that all depend on all bits before: the last step of MurmurHash3 (Appleby 2011)."""
    bits = (bits ^ bits >> 16) * _FIRST
    bits = (bits ^ bits >> 13) * _SECOND
    return bits ^ bits >> 16
