"""What keeps an average of the parameters beside them: `ema` and `polyak_ruppert`."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.numbers import minus
from lropt_jax._core.refusal import needed
from lropt_jax._core.wrapping import copied, extended, nearer, widened


class AveragingState(NamedTuple):
    """State of `ema` and `polyak_ruppert`."""

    updates_made: jax.Array
    average: optax.Params
    inner: Any

    @property
    def kept_params(self) -> optax.Params:
        """The parameters that are kept beside those of the training."""
        return self.average


def averaging(
    optimizer: optax.GradientTransformation, weight: Callable[[jax.Array, jax.Array], jax.Array], start: ArrayLike
) -> optax.GradientTransformationExtraArgs:
    """Keep an average. The parameters after each update enter it with `weight(count, count - start)`."""
    inner = extended(optimizer)

    def init(params: optax.Params) -> AveragingState:
        return AveragingState(jnp.zeros((), jnp.int32), copied(widened(params)), inner.init(params))

    def update(grads: optax.Updates, state: AveragingState, params: optax.Params | None = None, **extra: Any) -> tuple:
        updates, moved = inner.update(grads, state.inner, needed(params), **extra)
        share = weight(state.updates_made, jnp.floor(minus(state.updates_made, start)))
        average = nearer(state.average, params, updates, share)
        return updates, AveragingState(optax.safe_increment(state.updates_made), average, moved)

    return optax.GradientTransformationExtraArgs(init, update)
