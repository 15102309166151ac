"""Optimizers and states for the tests of `restate`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

from lropt_jax import chain
from lropt_jax.optimizers import adam, sgd
from lropt_jax.rates import plateau
from lropt_jax.wrappers import (
    accumulate,
    clip_norm,
    ema,
    groups,
    lookahead,
    master_weights,
    multiply,
    per_leaf,
    schedule_free,
    skip_nonfinite,
)

X = {"body": jnp.full((2, 3), 0.5), "head": jnp.ones(3)}
PLAIN, FALLING = sgd(1e-2, momentum=0.9), sgd(plateau(1e-2), momentum=0.9)


AROUND = {
    "wrapped": lambda tx: skip_nonfinite(clip_norm(tx, 1.0)),
    "chain": lambda tx: chain(optax.clip(1.0), tx),
    "optax": lambda tx: optax.chain(optax.clip(1.0), optax.chain(tx)),
    "groups": lambda tx: groups({"head": tx, "*": adam(1e-3)}),
    "per_leaf": per_leaf,
    "multiply": lambda tx: multiply(tx, {"head": 2.0}),
    "ema": ema,
    "lookahead": lookahead,
    "master_weights": master_weights,
    "schedule_free": schedule_free,
    "accumulate": lambda tx: accumulate(tx, 2),
    "masked": lambda tx: optax.masked(tx, {"body": True, "head": False}),
    "if_finite": lambda tx: optax.apply_if_finite(tx, 3),
    "multi_steps": lambda tx: optax.MultiSteps(tx, 2).gradient_transformation(),
    "partition": lambda tx: optax.partition({"a": tx, "b": adam(1e-3)}, {"body": "a", "head": "b"}),
}


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
