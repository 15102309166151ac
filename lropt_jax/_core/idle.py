"""What a direction does while the gradients are 0, in closed form."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


class Idle(NamedTuple):
    """What a `Direction` does to an array in updates whose gradients are 0: its slots shrink, and so does it.

    Let `T` updates be made, and the gradients of the next ones be 0. After `j` of them each slot is `keeps[name]^j`
    times what it was; a slot without an entry stays. The direction of update `T + j` is
    `towards(slots, T) * ratio^j * scale(T + j)`, with `slots`, the dict of this array's slots, from update `T`.

    `wrappers.rows(..., mode="exact")` reads this, and makes all updates that a row has missed in one step. It calls
    `towards` with an array of `T`, which may differ from row to row, and `scale` with several numbers of updates.
    """

    keeps: Mapping[str, ArrayLike]
    ratio: ArrayLike = 0.0
    towards: Callable[[Mapping[str, jax.Array], jax.Array], jax.Array] | None = None  # None: it is 0
    scale: Callable[[jax.Array], jax.Array] = jnp.ones_like
