"""Optimizers and states for the tests of `restate`."""

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax.optimizers import sgd
from lropt_jax.rates import plateau

X = {"body": jnp.full((2, 3), 0.5), "head": jnp.ones(3)}
PLAIN, FALLING = sgd(1e-2, momentum=0.9), sgd(plateau(1e-2), momentum=0.9)


def after(tx, steps=3, params=X):
    state = tx.init(params)
    for _ in range(steps):
        _, state = tx.update(params, state, params, value=1.0)
    return state


def same(a, b):
    assert jax.tree.structure(a) == jax.tree.structure(b)
    jax.tree.map(np.testing.assert_array_equal, a, b)


def expected(state=None):
    """The state of the plain rule under a plateau that has seen nothing."""
    return (after(PLAIN) if state is None else state)._replace(rate=FALLING.init(X).rate)
