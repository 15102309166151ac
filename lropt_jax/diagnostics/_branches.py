"""What happens on some steps alone: branches that cost nothing on the others."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import wide
from lropt_jax._core.anywhere import anywhere
from lropt_jax.diagnostics.ring import Record


class Kept(NamedTuple):
    """What is kept for the next row, in arrays like the parameters."""

    before: optax.Updates | None  # the gradient before it
    vector: optax.Updates | None  # where the loss curves most


def branch(
    go: jax.Array, row: Callable[..., tuple[Record, Kept]], record: Record, kept: Kept, slots: Any
) -> tuple[Record, Kept, Any]:
    """`row(record, kept, slots)` where `go`, else the record as it was. The optimizer's state goes through, unchanged.

    Without that, nothing says that the row must be measured before the state is written anew, and the parameters with
    it: XLA would copy all of them at every step. The barrier hides from JAX that they are unchanged. The row makes the
    update once more for itself: if the branch read the update of the step, XLA would fuse and round that another way.
    """

    def work(record: Record, kept: Kept, slots: Any) -> tuple:
        kept, slots = jax.lax.optimization_barrier((kept, slots))
        return *row(record, kept, slots), slots

    return jax.lax.cond(anywhere(go), work, lambda *same: same, record, kept, slots)


def replaced(before: optax.Updates | None, grads: optax.Updates, go: jax.Array) -> optax.Updates | None:
    """The gradient of this step where `go`, because the next step has a row; else what was there."""
    if before is None:
        return None

    def fresh(kept: optax.Updates) -> optax.Updates:
        return jax.tree.map(
            lambda old, g: jnp.where(go, wide(jax.lax.stop_gradient(g)).astype(old.dtype), old), kept, grads
        )

    return jax.lax.cond(anywhere(go), fresh, lambda kept: kept, before)
