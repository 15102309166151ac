"""The sharpness on some of the rows of a record, and the limit that the optimizer sets to it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.anywhere import anywhere
from lropt_jax._core.functions import check_function
from lropt_jax._core.limits import shown
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused, WrongType, needed
from lropt_jax._core.scalar_loss import ScalarLoss
from lropt_jax.diagnostics.limit import limit, scale_of
from lropt_jax.diagnostics.sharpness import sharpness


class Curve(NamedTuple):
    """How to measure the sharpness: of which loss, on which rows, by how many Hessian-vector products."""

    given: Any
    every: int
    steps: int

    def loss(self, params: optax.Params | None, extra: dict[str, Any]) -> Callable[[Any], Any] | None:
        """The loss to measure, of the parameters alone."""
        if self.given is None:
            return None
        needed(params, "for sharpness")
        if self.given is not True:
            ScalarLoss.of("sharpness", self.given, params)
            return self.given
        if extra.get("value_fn") is None:
            raise Refused(
                "update needs value_fn for sharpness=True; "
                "call tx.update(grads, state, params, value_fn=loss_of_params)."
            )
        return extra["value_fn"]

    def measured(
        self, loss: Any, tx: Any, state: Any, params: Any, vector: Any, row: jax.Array, go: jax.Array
    ) -> tuple[jax.Array, Any]:
        """The sharpness and its vector where it is due, else NaN and the vector as it was."""
        if loss is None:
            return real(jnp.nan), vector
        due = go & (row % self.every == 0)

        def measure(vector: Any) -> tuple[jax.Array, Any]:
            scale = known(scale_of, tx, state, params)
            found = sharpness(loss, params, scale=scale, vector=vector, steps=self.steps)
            fresh = jax.tree.map(lambda new, old: jnp.where(due, new.astype(old.dtype), old), found.vector, vector)
            return jax.lax.stop_gradient((jnp.where(due, found.value, jnp.nan), fresh))

        if self.every == 1:
            return measure(vector)
        return jax.lax.cond(anywhere(due), measure, lambda vector: (real(jnp.nan), vector), vector)


def check_loss(loss: Any) -> None:
    """Refuse what is neither a function of the parameters nor True."""
    if loss is None or loss is True:
        return
    if not callable(loss):
        raise WrongType(f"sharpness must be a function of the parameters, True or None, got {shown(loss)}.")
    check_function("sharpness", [Any], loss, "of the parameters")


def limit_of(tx: Any, state: Any) -> jax.Array:
    """The largest sharpness at which the optimizer is stable; NaN if that is not known."""
    found = known(limit, tx, state)
    return jax.lax.stop_gradient(real(jnp.nan if found is None else found))


def known(ask: Callable[..., Any], *args: Any) -> Any:
    """What a question about an optimizer gives; None for one whose state has another form."""
    try:
        return ask(*args)
    except Refused:
        return None
