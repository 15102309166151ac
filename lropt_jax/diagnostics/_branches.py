"""What happens on some steps alone: one branch of the program, which costs nothing on the others."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import wide
from lropt_jax._core.anywhere import anywhere

State = Any  # of `watch`


def branch(state: State, every: int, row: Callable[[State, jax.Array], State], grads: optax.Updates) -> State:
    """`row(state, due)` where one is due, and with the gradient of this step where the next one has a row.

    On other steps nothing is done. All that the branch reads of the state goes through it, unchanged or not. Without
    that, nothing says that a row must be measured before the state is written anew, and the parameters with it: XLA
    would copy all of them at every step. The barrier hides from JAX that they are unchanged. The two branches inside
    of the one are there because XLA copies whatever a branch of three may change.
    """

    def measure(state: State) -> State:
        state = jax.lax.optimization_barrier(state)
        return row(state, _due(state, every))

    def work(state: State) -> State:
        state = jax.lax.cond(anywhere(_due(state, every)), measure, _same, state)
        return state if state.before is None else state._replace(before=_replaced(state, every, grads))

    some = _due(state, every) if state.before is None else _due(state, every) | _next_due(state, every)
    return jax.lax.cond(anywhere(some), work, _same, state)


def _same(state: State) -> State:
    return state


def _due(state: State, every: int) -> jax.Array:
    return state.updates_made % every == 0


def _next_due(state: State, every: int) -> jax.Array:
    return state.updates_made % every == every - 1


def _replaced(state: State, every: int, grads: optax.Updates) -> optax.Updates:
    """The gradient of this step where the next one has a row; else what was there."""
    go = _next_due(state, every)

    def fresh(before: optax.Updates) -> optax.Updates:
        return jax.tree.map(
            lambda old, g: jnp.where(go, wide(jax.lax.stop_gradient(g)).astype(old.dtype), old), before, grads
        )

    return jax.lax.cond(anywhere(go), fresh, lambda before: before, state.before)
