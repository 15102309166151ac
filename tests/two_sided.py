"""What the tests of optimizers with a matrix for each axis share."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from laws import x64

RNG = np.random.default_rng(0)
START = [RNG.normal(size=shape) for shape in ((4, 4), (5,), (3, 6), (2, 3, 4))]
DECOMPOSITIONS = {"eigh", "qr", "geqrf", "householder_product", "while"}


def gradients(params, step):
    """Those of a bowl with noise, of full rank."""
    return [np.asarray(p) + np.random.default_rng((step, at)).normal(size=p.shape) for at, p in enumerate(params)]


def end(tx, steps=200, dtype=jnp.float64):
    """The parameters after so many updates."""
    with x64(dtype == jnp.float64):
        params = [jnp.asarray(p, dtype) for p in START]
        state = tx.init(params)

        @jax.jit
        def update(grads, state, params):
            updates, state = tx.update(grads, state, params)
            return optax.apply_updates(params, updates), state

        for step in range(steps):
            params, state = update([g.astype(dtype) for g in gradients(params, step)], state, params)
        return [np.asarray(p) for p in params]


def unfolded(tensor, axis):
    return np.moveaxis(tensor, axis, 0).reshape(tensor.shape[axis], -1)


def product(tensor, matrix, axis):
    """The tensor with its axis multiplied by a matrix."""
    return np.moveaxis(np.tensordot(matrix, tensor, ([1], [axis])), 0, axis)


def outside_of_branches(jaxpr):
    """The names of what a program does in every step."""
    for equation in jaxpr.eqns:
        yield equation.primitive.name
        if equation.primitive.name != "cond":
            for inner in jax.tree.leaves(list(equation.params.values()), is_leaf=lambda p: hasattr(p, "eqns")):
                inner = getattr(inner, "jaxpr", inner)
                if hasattr(inner, "eqns"):
                    yield from outside_of_branches(inner)


def in_every_step(tx):
    """Which decompositions an update of lanes with different rates does in every step."""

    def run(rate):
        params = {"w": jnp.ones((3, 4))}
        moving = tx.replace(learning_rate=rate)
        body = lambda state, _: (moving.update(params, state, params)[1], None)  # noqa: E731
        return jax.lax.scan(body, moving.init(params), length=2)[0]

    traced = jax.make_jaxpr(jax.vmap(run))(jnp.array([0.1, 0.2])).jaxpr
    return DECOMPOSITIONS & {*outside_of_branches(traced)}


def first_updates(tx, leaf, steps=2):
    """The updates and the state after a few steps with the same gradient."""
    state = tx.init(leaf)
    for _ in range(steps):
        updates, state = updated(tx, leaf, state)
    return updates, state


@jax.jit
def updated(tx, leaf, state):
    return tx.update(leaf, state, leaf)
