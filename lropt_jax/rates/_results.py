"""Results that arrive one by one: whether one is better than all before, and the mean of the last ones."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.numbers import real


def worst(mode: str) -> jax.Array:
    """The best before there is a result: every finite one is better."""
    return real(jnp.inf if mode == "min" else -jnp.inf)


def is_result(value: jax.Array, mode: str) -> jax.Array:
    """Whether there is a result. NaN is none; nor is one that no later result could be better than."""
    return value > -jnp.inf if mode == "min" else value < jnp.inf


def is_better(value: jax.Array, best: jax.Array, threshold: ArrayLike, threshold_mode: str, mode: str) -> jax.Array:
    """Whether a result is better than the best so far by more than the threshold."""
    unit = {"rel": jnp.abs(best), "signed": best, "abs": jnp.ones_like(best)}[threshold_mode]
    margin = jnp.where(jnp.isfinite(best), real(threshold) * unit, 0)
    return value < best - margin if mode == "min" else value > best + margin


def smoothed(recent: jax.Array, seen: jax.Array, value: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """The last results with a new one, how many there are so far, and their mean."""
    size = recent.size
    recent, seen = jnp.roll(recent, -1).at[-1].set(value), jnp.minimum(optax.safe_increment(seen), size)
    inside = jnp.arange(size, dtype=seen.dtype) >= size - seen
    return recent, seen, jnp.sum(jnp.where(inside, recent, 0)) / real(seen)
