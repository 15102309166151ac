"""Arrays of float32 as codes of 8 bits, in blocks that share a scale.

Numbers of both signs are `code / 127 * scale`, with codes from -127 to 127. Numbers >= 0 are `(code / 255)^2 * scale`,
with codes from 0 to 255: close to 0 the steps are finer, and the roots of such numbers, which is what updates divide
by, have even steps. No number above 0 gets the code 0: a quotient by its root stays bounded.

Codes are rounded by chance, so that they are right in the mean. A scale is carried: it stays while it is neither too
small for its block nor much too large, because a new scale rounds every number of the block once more.
"""

from collections.abc import Callable
from typing import NamedTuple, Self

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax.wrappers._chance import Words, shares
from lropt_jax.wrappers._chance import words as words_of

_LONG = 64  # the last axis is cut into blocks if it has as many entries; else the longest axis is
_LEAST, _MOST = 2.0**-100, 2.0**120  # of scales: one over a scale is a normal number, and so is a scale over 255^2
_ROOM = 1.25  # a new scale has so much room above what is to be coded, in steps of codes
_SPAN = 2.5  # a scale is much too large if it has more room than this


class Blocks(NamedTuple):
    """The codes, int8 or for numbers >= 0 uint8, and a float32 scale for each block along one axis."""

    codes: jax.Array
    scales: jax.Array

    @classmethod
    def of(cls, leaf: jax.Array, blocks: tuple[int, ...], positive: bool, words: Words) -> Self:
        """An array, with the scales that its blocks need."""
        like = cls(jnp.zeros_like(leaf, jnp.uint8 if positive else jnp.int8), None)  # type: ignore[arg-type]
        leaf = jax.lax.optimization_barrier(leaf)  # XLA works out blocks of a constant while it compiles, in seconds
        bound = _largest(jnp.abs(leaf), blocks)
        return like._replace(scales=jnp.zeros_like(bound)).moved(leaf, bound, words)

    def adopted(self, leaf: jax.Array) -> Self:
        """Another array, in blocks like these."""
        return self.of(
            leaf.astype(jnp.float32), self.scales.shape, self.positive, words_of(0, jnp.zeros((), jnp.int32))
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return self.codes.shape

    @property
    def positive(self) -> bool:
        """Whether it is of numbers >= 0."""
        return self.codes.dtype == jnp.uint8

    def numbers(self) -> jax.Array:
        """The array, float32."""
        return self._decoded(self.codes, _spread(self.scales / self._unit, self.codes.shape))

    def tops(self) -> jax.Array:
        """The largest magnitude in each block, float32; twice the scale if its code is the largest that there is.

        Then numbers may have been cut off, so the next scale is larger.
        """
        largest = (_largest if self.positive else tops_of)(self.codes, self.scales.shape)  # uint8 has no minus
        top = self._decoded(largest, self.scales / self._unit)
        return jnp.where(largest == self._last, 2 * self.scales, top)

    def moved(self, leaf: jax.Array, bound: jax.Array, words: Words) -> Self:
        """Other numbers, whose magnitudes in each block are below a bound. What is above it may be cut off."""
        scales = self._carried(bound)
        steps = leaf * _spread(self._unit / scales, leaf.shape)
        share = shares(leaf.shape, words)
        if self.positive:
            below = jnp.floor(jnp.sqrt(steps))
            up = share * (2 * below + 1) < steps - below * below  # so that the mean of the squares is right
            codes = jnp.clip(below + up.astype(jnp.float32), (leaf > 0).astype(jnp.float32), self._last)
        else:
            codes = jnp.clip(jnp.floor(steps + share), -self._last, self._last)
        known = jnp.where(jnp.isfinite(leaf), codes.astype(self.codes.dtype), 0)  # so XLA makes codes once, and not
        return type(self)(known, scales)  # again for whatever reads them

    @property
    def _last(self) -> float:
        return 255.0 if self.positive else 127.0

    @property
    def _unit(self) -> float:
        """How many steps the scale has: steps of squares where codes are roots."""
        return self._last**2 if self.positive else self._last

    def _decoded(self, codes: jax.Array, step: jax.Array) -> jax.Array:
        number = codes.astype(jnp.float32)
        return (number * number if self.positive else number) * step

    def _carried(self, bound: jax.Array) -> jax.Array:
        power, bound = 2 if self.positive else 1, jnp.maximum(bound, _LEAST)
        stays = (bound <= self.scales) & (self.scales <= _SPAN**power * bound)
        new = jnp.minimum(_ROOM**power * bound, _MOST)
        return jnp.where(stays, self.scales, new)


def tops_of(leaf: jax.Array, blocks: tuple[int, ...]) -> jax.Array:
    """The largest magnitude in each block of any array, float32."""
    high, low = _largest(leaf, blocks), _reduced(jnp.min, leaf, blocks)  # of magnitudes XLA would make an array first
    return jnp.maximum(high, -low).astype(jnp.float32)


def blocks_for(leaf: jax.Array, length: int) -> tuple[int, ...]:
    """The shape of the scales of an array: how many blocks there are along one axis, and all of the other axes.

    Blocks have at most `length` numbers where that is possible, and none lies on two devices.
    """
    shape = leaf.shape
    axis = len(shape) - 1 if shape[-1] >= _LONG else int(np.argmax(shape))
    local = _layout(leaf).shard_shape(shape)[axis]
    shards, wanted = shape[axis] // local, -(-local // length)
    even = [count for count in range(wanted, min(4 * wanted, local) + 1) if local % count == 0]
    if not even and shards > 1:  # no block may cross a shard, so these are longer
        even = [max(count for count in range(1, wanted + 1) if local % count == 0)]
    return (*shape[:axis], shards * (even[0] if even else wanted), *shape[axis + 1 :])


def _layout(leaf: jax.Array) -> jax.sharding.Sharding:
    return jax.typeof(leaf).sharding if isinstance(leaf, jax.core.Tracer) else leaf.sharding


def _axis_and_length(shape: tuple[int, ...], blocks: tuple[int, ...]) -> tuple[int, int]:
    """Which axis of an array is cut into blocks, and how long they are. The last block may be shorter."""
    axis = next((axis for axis, sizes in enumerate(zip(shape, blocks, strict=True)) if sizes[0] != sizes[1]), 0)
    return axis, -(-shape[axis] // blocks[axis])


def _largest(leaf: jax.Array, blocks: tuple[int, ...]) -> jax.Array:
    return _reduced(jnp.max, leaf, blocks)


def _reduced(reduce: Callable[..., jax.Array], leaf: jax.Array, blocks: tuple[int, ...]) -> jax.Array:
    """The blocks of an array, each reduced to one number. A block that is shorter is filled up with zeros."""
    axis, length = _axis_and_length(leaf.shape, blocks)
    missing = blocks[axis] * length - leaf.shape[axis]
    if missing:
        leaf = jnp.pad(leaf, [(0, missing if place == axis else 0) for place in range(leaf.ndim)])
    return reduce(leaf.reshape(*blocks[: axis + 1], length, *blocks[axis + 1 :]), axis + 1)


def _spread(scales: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """The number of each block for each of its entries."""
    axis, length = _axis_and_length(shape, scales.shape)
    apart = (*scales.shape[: axis + 1], length, *scales.shape[axis + 1 :])
    repeated = jnp.broadcast_to(jnp.expand_dims(scales, axis + 1), apart)
    whole = repeated.reshape(*shape[:axis], scales.shape[axis] * length, *shape[axis + 1 :])
    return whole if whole.shape == shape else jax.lax.slice_in_dim(whole, 0, shape[axis], axis=axis)
