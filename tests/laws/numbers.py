"""Values with other numbers, and 64-bit mode: what the laws change in a specimen."""

import contextlib
from typing import Any

import jax
import jax.numpy as jnp

DTYPES = (jnp.bfloat16, jnp.float16, jnp.float32, jnp.float64)


def x64(on: bool = True) -> contextlib.AbstractContextManager:
    """64-bit mode for a while, under the name that this JAX has for it."""
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(on)
    from jax.experimental import enable_x64

    return enable_x64(on)


def nudged(value: Any, factor: float) -> Any:
    """The value with every number changed a little; whole numbers stay whole."""

    def nudge(leaf: Any) -> Any:
        return leaf + round(10 * (factor - 1)) if isinstance(leaf, int) else leaf * factor

    return jax.tree.map(nudge, value)


def stacked(values: list[Any]) -> Any:
    return jax.tree.map(lambda *leaves: jnp.stack([jnp.asarray(leaf) for leaf in leaves]), *values)


def as_floats(value: Any) -> Any:
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, float), value)
