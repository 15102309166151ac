"""Tensors cut into equal blocks, as a stack of these."""

import math

import jax
import jax.numpy as jnp

from lropt_jax._core.layout import axes_of, cut, whole


def blocks(tensor: jax.Array, order: int, size: int) -> jax.Array:
    """The blocks of a tensor whose last `order` axes are cut, no block longer than `size`: (..., counts, lengths).

    Along an axis all blocks have one length, and zeros fill the last one. A tensor that needs no cut stays as it is.
    """
    stack, cuts = tensor.ndim - order, _cuts(tensor.shape[tensor.ndim - order :], size)
    if all(count == 1 for count, _ in cuts):
        return tensor
    tensor = whole(tensor, *range(stack))
    missing = [(0, count * length - given) for (count, length), given in zip(cuts, tensor.shape[stack:], strict=True)]
    padded = jnp.pad(tensor, [(0, 0)] * stack + missing)
    split = _reshaped(padded, stack, [number for pair in cuts for number in pair])
    counts = range(stack, stack + 2 * order, 2)
    return split.transpose(*range(stack), *counts, *(axis + 1 for axis in counts))


def joined(tiles: jax.Array, shape: tuple[int, ...], order: int, size: int) -> jax.Array:
    """The tensor of a shape that has these `blocks`."""
    stack, cuts = len(shape) - order, _cuts(shape[len(shape) - order :], size)
    if all(count == 1 for count, _ in cuts):
        return tiles
    pairs = (axis for at in range(stack, stack + order) for axis in (at, at + order))
    padded = _reshaped(tiles.transpose(*range(stack), *pairs), stack, [count * length for count, length in cuts])
    return padded[tuple(slice(given) for given in shape)]


def _reshaped(tensor: jax.Array, stack: int, lengths: list[int]) -> jax.Array:
    """A tensor with other axes after those of its stack, along which alone a mesh may cut it."""
    spec = axes_of(tensor)
    layout = None if spec is None else cut(tensor, *spec[:stack], *[None] * len(lengths))
    return jnp.reshape(tensor, (*tensor.shape[:stack], *lengths), out_sharding=layout)


def _cuts(lengths: tuple[int, ...], size: int) -> list[tuple[int, int]]:
    """How many blocks an axis has, and how long they are."""
    counts = [max(1, math.ceil(length / size)) for length in lengths]
    return [(count, math.ceil(length / count)) for count, length in zip(counts, lengths, strict=True)]
