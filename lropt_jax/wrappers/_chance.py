"""Numbers by chance that depend on nothing but the step, the array and the place in it; and rounding to bf16 by them.

A hash of a counter is several times cheaper than JAX's generator, and needs no key in the state. It is the same on one
device and on many, whatever the layout.
"""

from typing import NamedTuple, Self

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

_GOLDEN, _PRIME = np.uint32(0x9E3779B9), np.uint32(0xFFFFFFFB)


class Words(NamedTuple):
    """Two words, () uint32, from which the bits of an array come."""

    first: jax.Array
    second: jax.Array

    def of(self, place: int) -> Self:
        """The words of one array out of several.

        XLA computes a remainder once, and not again in the loop over the array. So the number of the array is no
        constant in that loop, and one program serves all arrays of a shape.
        """
        return self._replace(first=(self.first ^ np.uint32(_scattered(place))) % _PRIME)


def words(seed: ArrayLike, step: jax.Array) -> Words:
    """The words of a step."""
    first = _mixed(_word(step) + _mixed(_word(seed) ^ np.uint32(0x243F6A88)))
    return Words(first, _mixed(first * _GOLDEN) % _PRIME)


def chances(shape: tuple[int, ...], words: Words) -> jax.Array:
    """32 bits by chance for each entry of an array. The words come in at two places, so no step repeats another."""
    place = jnp.zeros(shape, jnp.uint32)
    for axis, size in enumerate(shape):
        place = place * np.uint32(size % 2**32) + jax.lax.broadcasted_iota(jnp.uint32, shape, axis)
    hashed = (place + words.first) * _GOLDEN
    hashed = (hashed ^ (hashed >> 16) ^ words.second) * np.uint32(0x21F0AAAD)
    hashed = (hashed ^ (hashed >> 15)) * np.uint32(0x735A2D97)
    return hashed ^ (hashed >> 15)


def shares(shape: tuple[int, ...], words: Words) -> jax.Array:
    """A share in [0, 1) by chance for each entry of an array, float32, in steps of 2^-24."""
    whole = jax.lax.convert_element_type(chances(shape, words) >> 8, jnp.int32)  # XLA converts signed ones faster
    return jax.lax.convert_element_type(whole, jnp.float32) * np.float32(2.0**-24)


def rounded(leaf: jax.Array, words: Words) -> jax.Array:
    """A float32 array in bf16: each entry one of its two neighbours, as often as it is near to it; right in the mean.

    bf16 is the upper half of float32. What is added to the lower half carries over as often as that half is large.
    """
    bits = jax.lax.bitcast_convert_type(leaf, jnp.uint32) + (chances(leaf.shape, words) >> 16)
    upper = jax.lax.bitcast_convert_type(bits & np.uint32(0xFFFF0000), jnp.float32)
    return jnp.where(jnp.isfinite(leaf), upper, leaf).astype(jnp.bfloat16)


def _word(number: ArrayLike) -> jax.Array:
    return jnp.asarray(number).astype(jnp.int32).astype(jnp.uint32)


def _mixed(word: jax.Array) -> jax.Array:
    word = (word ^ (word >> 16)) * np.uint32(0x7FEB352D)
    word = (word ^ (word >> 15)) * np.uint32(0x846CA68B)
    return word ^ (word >> 16)


def _scattered(place: int) -> int:
    """A hash of a whole number, of Python's."""
    word = (place * 0x9E3779B97F4A7C15) % 2**64
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    return (word ^ (word >> 27)) % 2**32
