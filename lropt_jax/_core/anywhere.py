"""Branches that stay branches under `vmap`."""

import jax
import jax.numpy as jnp


@jax.custom_batching.custom_vmap
def anywhere(go: jax.Array) -> jax.Array:
    """A condition for `lax.cond`: whether any of the lanes that `vmap` runs side by side fulfils it.

    Under `vmap`, JAX turns a branch whose condition differs from lane to lane into a choice, and computes both sides at
    every step. With this condition it stays a branch. Inside it each lane must ask its own condition again.
    """
    return go


@anywhere.def_vmap
def _(size: int, batched: list[bool], go: jax.Array) -> tuple[jax.Array, bool]:
    return anywhere(jnp.any(go)), False
