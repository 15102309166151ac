"""What the adaptive family remembers of the gradients, leaf by leaf, in float32 or wider.

Functions of one leaf are jitted: leaves of one shape are traced once, however many there are.
"""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.numbers import real


def wide(leaf: ArrayLike) -> jax.Array:
    """A leaf in float32, or in its own dtype where that is wider: squares of bf16 and f16 lose or overflow."""
    leaf = leaf if isinstance(leaf, jax.Array) else jnp.asarray(leaf)  # eager `asarray` and `astype` cost time
    dtype = _wide_dtype(leaf)
    return leaf if leaf.dtype == dtype and not leaf.weak_type else leaf.astype(dtype)


def dtype_of(leaf: ArrayLike) -> jnp.dtype:
    """The dtype of a leaf as an array."""
    return leaf.dtype if isinstance(leaf, jax.Array) else jnp.result_type(leaf)


def zeros(params: optax.Params) -> optax.Updates:
    """A wide accumulator of zeros for every parameter, sharded as the parameter is."""
    return _filled(params, real(0), _wide_dtype)


def full(params: optax.Params, value: jax.Array) -> optax.Updates:
    """A wide, real accumulator of `value` for every parameter, sharded as the parameter is."""
    return _filled(params, value, lambda leaf: jnp.finfo(_wide_dtype(leaf)).dtype)


def _filled(params: optax.Params, value: jax.Array, dtype: Callable[[ArrayLike], jnp.dtype]) -> optax.Updates:
    """Accumulators filled with an array of shape (). Eagerly this is faster than a number of Python."""

    def filled(leaf: ArrayLike) -> jax.Array:
        new = jnp.full_like(leaf, value, dtype=dtype(leaf))
        return jnp.copy(new) if new is value else new  # so JAX fills a scalar, but a state must own its arrays

    return jax.tree.map(filled, params)


def precisely(tree: optax.Params) -> optax.Params:
    """A tree in the precision of `real` numbers, float64 under x64, or wider: Optax mixes the two."""
    finest = real(0).dtype
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, promoted(jnp.result_type(leaf), finest)), tree)


@functools.cache
def promoted(dtype: jnp.dtype, other: jnp.dtype) -> jnp.dtype:
    """The dtype in which two meet, also where the user has forbidden JAX to promote by itself."""
    with jax.numpy_dtype_promotion("standard"):
        return jnp.promote_types(dtype, other)


def _wide_dtype(leaf: ArrayLike) -> jnp.dtype:
    return promoted(dtype_of(leaf), jnp.float32)


@jax.jit
def square(leaf: ArrayLike) -> jax.Array:
    """|g|^2 of a leaf: real, also where the leaf is complex."""
    leaf = wide(leaf)
    return jnp.real(leaf * jnp.conj(leaf))


@jax.jit
def times(number: jax.Array, leaf: jax.Array) -> jax.Array:
    """A hyper-parameter times a leaf, in the leaf's dtype."""
    return number.astype(leaf.dtype) * leaf


@jax.jit
def average(previous: jax.Array, sample: jax.Array, decay: jax.Array) -> jax.Array:
    """Exponential moving average of a leaf: `decay * previous + (1 - decay) * sample`."""
    return decay.astype(sample.dtype) * previous + (1 - decay).astype(sample.dtype) * sample


def weight(decay: jax.Array, count: jax.Array) -> jax.Array:
    """The sum of the weights in a moving average that started at 0: `1 - decay^count`, exact near 1 too."""
    return -jnp.expm1(real(count) * jnp.log(jnp.maximum(decay, jnp.finfo(decay.dtype).tiny)))


@jax.jit
def debias(leaf: jax.Array, gathered: jax.Array) -> jax.Array:
    """A moving average that started at 0, divided by the sum of its weights."""
    return leaf / gathered.astype(leaf.dtype)


@jax.jit
def square_root(leaf: jax.Array) -> jax.Array:
    """The root of a leaf >= 0. At 0 it is 0 with a slope of 0. NaN stays NaN."""
    some = leaf != 0
    return jnp.where(some, jnp.sqrt(jnp.where(some, leaf, 1)), 0)


@functools.partial(jax.jit, static_argnames="eps_in_sqrt")
def root(second_moment: jax.Array, eps: jax.Array, eps_in_sqrt: bool) -> jax.Array:
    """`sqrt(v) + eps`, or `sqrt(v + eps)`. A tiny number is added to `v`, so it is never 0 and its slope is finite.

    Quotients stay bounded: if `g^2` underflows to 0, `g` is not much larger than the root of that tiny number.
    """
    nothing, eps = 16 * jnp.finfo(second_moment.dtype).tiny, eps.astype(second_moment.dtype)
    if eps_in_sqrt:
        return jnp.sqrt(second_moment + jnp.maximum(eps, nothing))
    return jnp.sqrt(second_moment + nothing) + eps


@functools.partial(jax.jit, static_argnames="eps_in_sqrt")
def over_root(leaf: ArrayLike, second_moment: jax.Array, eps: jax.Array, eps_in_sqrt: bool = False) -> jax.Array:
    """A leaf, wide, over the `root` of its second moment."""
    return wide(leaf) / root(second_moment, eps, eps_in_sqrt)


@jax.jit
def divide(numerator: jax.Array, denominator: jax.Array) -> jax.Array:
    """A quotient that is 0 where the denominator is 0: there was no gradient yet. NaN stays NaN."""
    seen = denominator != 0
    return jnp.where(seen, numerator / jnp.where(seen, denominator, 1), 0)
