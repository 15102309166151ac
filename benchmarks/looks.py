"""Train, and look at the run now and then: what the race and the benchmark of orthogonal gradients share."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax

from lropt_jax.problems import Problem


@functools.partial(jax.jit, static_argnames=("looks", "every", "see"))
def looked(problem: Problem, tx: Any, key: jax.Array, *, looks: int, every: int, see: Callable[..., Any]) -> Any:
    """What `see(problem, params, state, slots)` gives after each of `looks` times `every` steps, (looks, ...)."""
    params, state = problem.init(jax.random.fold_in(key, 0))

    def step(carry: Any, number: jax.Array) -> tuple[Any, None]:
        params, state, slots = carry
        grads, state, _ = problem.field(params, state, jax.random.fold_in(key, number))
        updates, slots = tx.update(grads, slots, params)
        return (optax.apply_updates(params, updates), state, slots), None

    def look(carry: Any, numbers: jax.Array) -> tuple[Any, Any]:
        carry, _ = jax.lax.scan(step, carry, numbers)
        return carry, see(problem, *carry)

    numbers = 1 + jnp.arange(looks * every).reshape(looks, every)
    return jax.lax.scan(look, (params, state, tx.init(params)), numbers)[1]
