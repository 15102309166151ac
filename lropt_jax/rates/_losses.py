"""What a loss that is not finite does to a rate that reads it."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from lropt_jax._core.numbers import real
from lropt_jax._core.rate import Reading


def gap_to(minimum: ArrayLike, reading: Reading) -> jax.Array:
    """How far the loss is above the minimum, >= 0. NaN says nothing: it counts as the minimum, and no step is made."""
    value = real(reading.need("value"))
    return jnp.maximum(jnp.where(jnp.isnan(value), real(minimum), value) - real(minimum), 0)


def finite_or_still(rate: jax.Array, slope: jax.Array) -> jax.Array:
    """The rate, or 0 where it is not finite. NaN in the gradients, and so in the slope, stays NaN."""
    return jnp.where(jnp.isfinite(rate) | jnp.isnan(slope), rate, 0)
