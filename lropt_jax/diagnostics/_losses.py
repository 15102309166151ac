"""The losses between two rows: their mean and their spread, from three numbers."""

from typing import Any

import jax
import jax.numpy as jnp

from lropt_jax._core.limits import shown
from lropt_jax._core.numbers import is_number, real
from lropt_jax._core.refusal import Refused, WrongType


def number(value: Any) -> jax.Array | None:
    """The loss that `update` was given; None for none, and for what a problem without a loss gives in its place."""
    if value is None:
        return None
    if not is_number(value) and not hasattr(value, "__jax_array__"):
        raise WrongType(f"value must be a number, got {shown(value)}.")
    try:
        loss = real(value)
    except Refused:  # it is only watched, and says so when somebody reads it
        return None
    if loss.shape != ():
        raise Refused(f"value must have the shape (), got {loss.shape}.")
    return jax.lax.stop_gradient(loss)


def gathered(losses: jax.Array, loss: jax.Array | None) -> jax.Array:
    """How many losses there were since the last row, their mean, and their sum of squares about it (Welford 1962)."""
    if loss is None:
        return losses
    many, mean, squares = losses
    moved = mean + (loss - mean) / (many + 1)
    return jnp.stack([many + 1, moved, squares + (loss - mean) * (loss - moved)])


def of_losses(losses: jax.Array, loss: jax.Array | None) -> dict[str, jax.Array]:
    """What a row says of them; NaN where there was none, and for the spread of one."""
    many, mean, squares = losses
    spread = jnp.where(many > 1, jnp.sqrt(squares / jnp.maximum(many - 1, 1)), jnp.nan)
    known = {} if loss is None else {"value": loss}
    return known | {"value_mean": jnp.where(many > 0, mean, jnp.nan), "value_std": spread}
