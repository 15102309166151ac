"""How many updates a rule makes: fewer than it is called, where it gathers gradients."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.values import Optimizer
from lropt_jax.problems import Problem

_COUNTERS = ("updates_made", "gradient_step")  # of `wrappers.accumulate`, of `optax.MultiSteps`


def updates_of(tx: Optimizer, problem: Problem, calls: int) -> int:
    """How many updates a rule makes in so many calls, at least 1. Its schedule should last for these."""
    return max(1, _counted(tx, problem, calls)[0])


def calls_of(tx: Optimizer, problem: Problem, most: int) -> int:
    """How many calls the first update of a rule takes, up to `most`."""
    return min(_counted(tx, problem, most)[1], most)


def _counted(tx: Optimizer, problem: Problem, calls: int) -> tuple[int, int]:
    """Updates made in so many calls, and the call that made the first.

    A rule that gathers gradients counts in its state. It is tried on parameters with a single entry a leaf. Where a
    rate stands outside of what gathers, all rates go by calls.
    """
    params = jax.eval_shape(lambda key: problem.init(key)[0], jax.eval_shape(jax.random.key, np.uint32(0)))
    paths = [path for path, _ in jax.tree_util.tree_flatten_with_path(jax.eval_shape(tx.init, params))[0]]
    gathering = [path[:-1] for path in paths if _name(path) in _COUNTERS]
    rates = [path for path in paths if _name(path) == "learning_rate"]
    if not gathering or any(all(path[: len(node)] != node for node in gathering) for path in rates):
        return calls, 1
    small = jax.tree.map(lambda leaf: np.zeros((1,) * len(leaf.shape), leaf.dtype), params)
    made, first = _made(tx, small, np.int32(min(calls, 2**31 - 1)))
    return int(made), int(first) if made else calls


@jax.jit
def _made(tx: Optimizer, params: Any, calls: jax.Array) -> tuple[jax.Array, jax.Array]:
    zeros = jax.tree.map(jnp.zeros_like, params)

    def body(call: jax.Array, carry: tuple) -> tuple:
        state, first = carry
        extra = {"value": jnp.float32(0), "grad": zeros, "value_fn": lambda _: jnp.float32(0)}
        state = tx.update(zeros, state, params, **extra)[1]
        return state, jnp.where((first == 0) & (_least(state) > 0), call + 1, first)

    state, first = jax.lax.fori_loop(0, calls, body, (tx.init(params), jnp.int32(0)))
    return _least(state), first


def _least(state: Any) -> jax.Array:
    """The counter of what gathers innermost."""
    leaves = jax.tree_util.tree_flatten_with_path(state)[0]
    return jnp.min(jnp.stack([leaf for path, leaf in leaves if _name(path) in _COUNTERS]))


def _name(path: tuple) -> str:
    return getattr(path[-1], "name", "") if path else ""
