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
    """How many losses there were since the last row, their sum, that of their squares, and what they are counted from.

    They are counted from the loss at the last row, which is near them: then little is lost to rounding.
    """
    if loss is None:
        return losses
    far = loss - losses[3]
    return losses + jnp.stack([jnp.ones_like(far), far, far * far, jnp.zeros_like(far)])


def begun(losses: jax.Array, loss: jax.Array | None, due: jax.Array) -> jax.Array:
    """The losses before one at which a row is `due`: with it, `gathered` begins anew. Elsewhere they stay."""
    if loss is None:
        return jnp.where(due, jnp.zeros_like(losses), losses)
    nothing = jnp.stack([-jnp.ones_like(loss), jnp.zeros_like(loss), jnp.zeros_like(loss), loss])
    return jnp.where(due, nothing, losses)


def of_losses(losses: jax.Array, loss: jax.Array | None) -> dict[str, jax.Array]:
    """What a row says of them; NaN where there was none, and for the spread of one."""
    many, total, squares, origin = losses
    mean = total / jnp.maximum(many, 1)
    variance = jnp.maximum(squares - total * mean, 0) / jnp.maximum(many - 1, 1)
    known = {} if loss is None else {"value": loss}
    return known | {
        "value_mean": jnp.where(many > 0, origin + mean, jnp.nan),
        "value_std": jnp.where(many > 1, jnp.sqrt(variance), jnp.nan),
    }
