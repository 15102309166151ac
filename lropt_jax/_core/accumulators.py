"""What the adaptive family remembers of the gradients, leaf by leaf, in float32 or wider."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike


def wide(leaf: ArrayLike) -> jax.Array:
    """A leaf in float32, or in its own dtype where that is wider: squares of bf16 and f16 lose or overflow."""
    leaf = jnp.asarray(leaf)
    return leaf.astype(jnp.promote_types(leaf.dtype, jnp.float32))


def zeros(params: optax.Params) -> optax.Updates:
    """A wide accumulator of zeros for every parameter."""
    return jax.tree.map(lambda leaf: jnp.zeros_like(wide(leaf)), params)


def full(params: optax.Params, value: jax.Array) -> optax.Updates:
    """A wide, real accumulator of `value` for every parameter."""
    return jax.tree.map(lambda leaf: jnp.full_like(square(leaf), value), params)


def square(leaf: ArrayLike) -> jax.Array:
    """|g|^2 of a leaf: real, also where the leaf is complex."""
    leaf = wide(leaf)
    return jnp.real(leaf * jnp.conj(leaf))


def times(number: jax.Array, leaf: jax.Array) -> jax.Array:
    """A hyper-parameter times a leaf, in the leaf's dtype."""
    return number.astype(leaf.dtype) * leaf


def average(previous: jax.Array, sample: jax.Array, decay: jax.Array) -> jax.Array:
    """Exponential moving average of a leaf: `decay * previous + (1 - decay) * sample`."""
    return times(decay, previous) + times(1 - decay, sample)


def debias(leaf: jax.Array, decay: jax.Array, count: jax.Array) -> jax.Array:
    """A moving average that started at 0, divided by the weight it has gathered: `leaf / (1 - decay^count)`."""
    return leaf / (1 - decay**count).astype(leaf.dtype)


def root(second_moment: jax.Array, eps: jax.Array, eps_in_sqrt: bool) -> jax.Array:
    """`sqrt(v) + eps`, or `sqrt(v + eps)`; the gradient is finite where v is 0."""
    eps = eps.astype(second_moment.dtype)
    inside = second_moment + eps if eps_in_sqrt else second_moment
    above = inside > 0
    square_root = jnp.where(above, jnp.sqrt(jnp.where(above, inside, 1)), 0)
    return square_root if eps_in_sqrt else square_root + eps


def divide(numerator: jax.Array, denominator: jax.Array) -> jax.Array:
    """A quotient that is 0 where the denominator is 0: no gradient has been seen there."""
    seen = denominator > 0
    return jnp.where(seen, numerator / jnp.where(seen, denominator, 1), 0)
