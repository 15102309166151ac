"""Feed results to a controller."""

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax import learning_rate
from lropt_jax.optimizers import sgd


def fed_results(rate, results):
    """The rates after each result, and the last state of the rate."""
    tx, x, found = sgd(rate), jnp.ones(1), []
    update = jax.jit(lambda state, value: tx.update(x, state, x, value=value)[1])
    state = tx.init(x)
    for result in results:
        state = update(state, result)
        found.append(learning_rate(state))
    return np.array(found), jax.tree.map(np.asarray, state.rate)
