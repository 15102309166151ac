"""Runs of a gradient transformation on a small tree, each compiled once for all the laws of a specimen."""

from typing import Any

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax

from laws.sharing import Sharing, once, program
from lropt_jax import learning_rate


class Runs(Sharing):
    """Trees, their gradients and runs; the laws of transformations read them."""

    specimen: Any

    def tree(self, dtype: Any = jnp.float32) -> Any:
        params = {"w": [[0.5, -0.25, 1.0], [-1.5, 0.75, 0.1]], "b": [0.3, -0.2, 0.0]}
        return {name: jnp.array(leaf, dtype) for name, leaf in params.items()} | {"none": None}

    def grads(self, params: Any, step: Any) -> Any:
        """Gradients of a tilted bowl that swings; one coordinate's gradient is exactly 0 throughout."""

        def of(leaf: Any) -> Any:
            swing = jnp.sin(0.7 * step + jnp.arange(leaf.size).reshape(leaf.shape)).astype(leaf.dtype)
            return (leaf + swing).at[..., -1].set(0)

        return jax.tree.map(of, params)

    def run(self, tx: Any, params: Any, steps: int = 5, **extra: Any) -> tuple[Any, Any]:
        def body(carry: Any, step: Any) -> Any:
            params, state = carry
            updates, state = tx.update(self.grads(params, step), state, params, **extra)
            return (optax.apply_updates(params, updates), state), None

        return jax.lax.scan(body, (params, tx.init(params)), jnp.arange(steps))[0]

    def rates(self, tx: Any, params: Any, steps: int = 5) -> tuple[Any, Any]:
        """The rate in the first state, and those in the states after each update; the parameters stay."""

        def body(state: Any, step: Any) -> Any:
            _, state = tx.update(self.grads(params, step), state, params)
            return state, learning_rate(state)

        first = tx.init(params)
        return learning_rate(first), jax.lax.scan(body, first, jnp.arange(steps))[1]

    @once
    def trained(self) -> Any:
        """A function of an optimizer: the parameters after its run."""
        run = program(lambda tx: self.run(tx, self.tree())[0])
        return lambda tx: jax.tree.map(np.asarray, run(tx))

    @once
    def step(self) -> Any:
        """One update, whose parameters and state are donated; the bowl's gradients are multiplied by `scale`."""

        def step(tx: Any, place: Any, scale: Any, params: Any, state: Any) -> tuple[Any, Any, Any]:
            grads = jax.tree.map(lambda g: g * scale, self.grads(params, place))
            updates, state = tx.update(grads, state, params)
            return updates, optax.apply_updates(params, updates), state

        return program(step, donate_argnums=(3, 4))

    def close(self, left: Any, right: Any, rtol: float = 2e-5, atol: float = 1e-7) -> None:
        chex.assert_trees_all_close(left, right, rtol=rtol, atol=atol)
