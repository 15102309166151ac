"""How an optimizer's steps change in size over a run, found without training."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from lropt_jax._core.numbers import real
from lropt_jax._core.state import recorded
from lropt_jax._core.values import Optimizer
from lropt_jax.problems import Problem


def paces(problem: Problem, tx: Optimizer, steps: int) -> tuple[np.ndarray, bool]:
    """The length of each step when every gradient is 1, (steps,), and whether it is the rate that the state records.

    It shows the schedule of any optimizer, ours or not. The optimizer is tried on parameters with a single entry a
    leaf. Where that fails, or a length is not finite, or none is above 0, all are 1, as at a constant rate.
    """
    params = jax.eval_shape(lambda key: problem.init(key)[0], jax.eval_shape(jax.random.key, np.uint32(0)))
    small = jax.tree.map(lambda leaf: np.ones((1,) * len(leaf.shape), leaf.dtype), params)
    try:
        lengths, rates = (np.asarray(each, np.float64) for each in _lengths(tx, small, steps))
    except (TypeError, ValueError):  # an optimizer whose shapes must be those of the problem
        return np.ones(steps), False
    for found in (rates, lengths):
        if np.isfinite(found).all() and found.max() > 0:
            return found, found is rates
    return np.ones(steps), False


@functools.partial(jax.jit, static_argnames="steps")
def _lengths(tx: Optimizer, params: Any, steps: int) -> tuple[jax.Array, jax.Array]:
    ones = jax.tree.map(jnp.ones_like, params)
    extra = {"value": jnp.float32(1), "grad": ones, "value_fn": lambda _: jnp.float32(1)}

    def body(state: Any, _: None) -> tuple[Any, tuple[jax.Array, jax.Array]]:
        updates, state = optax.with_extra_args_support(tx).update(ones, state, params, **extra)
        rates = [jnp.max(real(rate)) for rate in recorded(state).values()]
        return state, (optax.tree.norm(updates), jnp.max(jnp.stack(rates)) if rates else jnp.float32(jnp.nan))

    return jax.lax.scan(body, tx.init(params), None, length=steps)[1]
