"""Momentum: what is gathered of the steps, before the rate multiplies them or after."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import times, wide
from lropt_jax._core.decay import DecayRule


def accumulated(
    steps: optax.Updates, trace: optax.Updates, keep: jax.Array, nesterov: bool
) -> tuple[optax.Updates, optax.Updates]:
    """`m <- keep * m + step`: what takes the place of the steps, with Nesterov's momentum a look ahead, and `m`."""
    trace = jax.tree.map(lambda m, u: times(keep, m) + u, trace, steps)
    return (jax.tree.map(lambda m, u: times(keep, m) + u, trace, steps) if nesterov else trace), trace


def after_rate(
    plain: optax.GradientTransformationExtraArgs,
    then: Callable[[optax.Updates, Any, jax.Array, optax.Params | None], tuple[optax.Updates, Any]],
    decay: DecayRule | None = None,
) -> optax.GradientTransformationExtraArgs:
    """The optimizer whose updates, rate and all, go through `then(updates, state, count, params)`; decay comes last.

    `plain` knows of no decay. `state` is what it left, `count` the updates made before this one; `then` gives the
    updates, wide, and the state with its own slots moved on.
    """

    def update(grads: optax.Updates, state: Any, params: optax.Params | None = None, **extra: Any) -> tuple:
        given = jax.tree.map(wide, grads)
        given = given if decay is None else decay.of_gradients(given, params, state.count)
        steps, after = plain.update(given, state, params, **extra)
        updates, after = then(steps, after, state.count, params)
        if decay is not None:
            updates = decay.of_updates(updates, params, state.count, after.learning_rate)
        return jax.tree.map(lambda u, g: u.astype(jnp.asarray(g).dtype), updates, grads), after

    return optax.GradientTransformationExtraArgs(plain.init, update)
