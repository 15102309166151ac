"""Quantiles of parameters by group, from a sample of each group."""

import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp

from lropt_jax._core.layout import axes_of, whole
from lropt_jax._core.numbers import real

SAMPLE = 512  # the most entries of a group that are sorted; a leaf gives at least one


def quantiles(
    leaves: list[jax.Array], groups: list[list[int]], shares: Sequence[float], low: jax.Array, high: jax.Array
) -> jax.Array:
    """The quantiles of numbers by group, (groups, shares), from the smallest and the largest. NaN is left out.

    Those between are of a sample: entries at equal distances along the axes, up to 512 of each group, so of a group of
    512 numbers they are exact. A leaf of the shape () stands for equal numbers.
    """
    if not groups:
        return jnp.zeros((0, len(shares)), real(0).dtype)
    between = [share for share in shares if 0 < share < 1]
    inside = _inside(_sampled(leaves, groups), between)
    places = iter(jnp.clip(inside, low[:, None], high[:, None]).T)
    columns = [low if share == 0 else high if share == 1 else next(places) for share in shares]
    return jnp.where((low <= high)[:, None], jnp.stack(columns, -1), jnp.nan)


def _inside(sample: jax.Array, shares: Sequence[float]) -> jax.Array:
    """The quantiles of sorted rows, which end with NaN, (rows, shares), as NumPy interpolates them."""
    last = jnp.maximum(jnp.sum(~jnp.isnan(sample), -1, keepdims=True, dtype=jnp.int32) - 1, 0)
    place = last.astype(sample.dtype) * jnp.array(shares, sample.dtype)
    left = jnp.floor(place)
    part, at = place - left, left.astype(jnp.int32)
    low, high = (jnp.take_along_axis(sample, jnp.minimum(where, last), -1) for where in (at, at + 1))
    return jnp.where(part > 0, low + part * (high - low), low)


def _sampled(leaves: list[jax.Array], groups: list[list[int]]) -> jax.Array:
    """The sample of each group, sorted, with NaN at the end, (groups, the longest sample)."""
    samples = [jnp.concatenate([_some(leaves[place], _halvings(leaves, places)) for place in places])
               for places in groups]  # fmt: skip
    width = max(part.size for part in samples)
    rows = [jnp.pad(part, (0, width - part.size), constant_values=jnp.nan) for part in samples]
    return _ascending(jnp.stack(rows))


def _halvings(leaves: list[jax.Array], places: list[int]) -> int:
    """How often a group must be halved."""
    size = sum(leaves[place].size for place in places)
    return max(0, math.ceil(math.log2(max(size, 1) / SAMPLE)))


def _some(leaf: jax.Array, halvings: int) -> jax.Array:
    """Entries of a leaf at equal distances along its axes: 1 of `2^halvings`, and one at least.

    What an explicit mesh cuts is sliced where it lies, if all devices hold as many of the entries.
    """
    held = _held(leaf)
    if held is not None and 2**halvings > math.prod(_strides(held, halvings, exact=True)):
        leaf, held = whole(leaf), None
    strides = _strides(leaf.shape if held is None else held, halvings, exact=held is not None)
    part = jax.lax.slice(leaf, [(stride - 1) // 2 for stride in strides], leaf.shape, strides)
    return real(whole(part)).ravel()


def _held(leaf: jax.Array) -> tuple[int, ...] | None:
    """The shape of what a device holds of a leaf that an explicit mesh cuts; else None."""
    return None if axes_of(leaf) is None else jax.typeof(leaf).sharding.shard_shape(leaf.shape)


def _strides(shape: tuple[int, ...], halvings: int, *, exact: bool) -> list[int]:
    """The distances along the axes: again and again the longest axis is halved."""
    strides = [1] * len(shape)
    for _ in range(halvings):
        left = [math.ceil(size / stride) if not exact or size % (2 * stride) == 0 else 1
                for size, stride in zip(shape, strides, strict=True)]  # fmt: skip
        if max(left, default=1) > 1:
            strides[left.index(max(left))] *= 2
    return strides


def _ascending(rows: jax.Array) -> jax.Array:
    """Rows sorted, NaN last. They are sorted as whole numbers with the same bits: XLA takes 7 times as long for floats.

    Of floats below 0 all bits but the sign are turned over: then whole numbers have the order of the floats.
    """
    kind = jnp.int64 if rows.dtype.itemsize == 8 else jnp.int32
    bits = jax.lax.bitcast_convert_type(rows, kind)
    most = jnp.iinfo(kind).max
    keys = jnp.where(jnp.isnan(rows), most, jnp.where(bits < 0, bits ^ most, bits))
    keys = jax.lax.sort(keys, dimension=1, is_stable=False)
    return jax.lax.bitcast_convert_type(jnp.where(keys < 0, keys ^ most, keys), rows.dtype)
