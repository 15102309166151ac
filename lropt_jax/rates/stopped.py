"""Whether a plateau says that the run should end."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax

from lropt_jax._core.checking import checked
from lropt_jax._core.refusal import Refused
from lropt_jax._core.state import states_of
from lropt_jax.rates.plateau import PlateauState


@checked
def stopped(state: optax.OptState) -> jax.Array:
    """Whether any `plateau` in a state has stopped, however deep it is nested.

    A `plateau` stops after `stop_after` results in a row without a better one. Ask after each result, and end the run.

    Args:
        state: What `update` returned: the state of an optimizer whose rate is a `plateau`, of a chain, wrapper or
            partition around one, or of the rate itself.

    Returns:
        () bool, or `(lanes,)` for a `vmap`ped state. It is traceable, so it may end a `jax.lax.while_loop`.

    Raises:
        ValueError: The state holds no `plateau`, or one that has not been given a result yet. Inside a trace nobody
            knows that, and the answer is False.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.rates import plateau
        >>> tx, x = sgd(plateau(0.1, stop_after=2)), jnp.ones(2)
        >>> state = tx.init(x)
        >>> for loss in (3.0, 3.0, 3.0):
        ...     _, state = tx.update(x, state, x, value=loss)
        ...     print(stopped(state))
        False
        False
        True
    """
    found = states_of(PlateauState, state)
    if not found:
        raise Refused("state must hold a plateau, got none; give the optimizer plateau(...) as its learning rate.")
    stops, results = zip(*(map(_array, (each.stop, each.results)) for each in found), strict=True)
    for number in results:
        if not isinstance(number, jax.core.Tracer) and np.any(np.asarray(number) == 0):
            raise Refused(
                "state must hold a plateau that was given results, got one without any; "
                "call tx.update(grads, state, params, value=result) when there is a result."
            )
    return functools.reduce(jnp.logical_or, stops)


def _array(leaf: object) -> jax.Array:
    """A leaf of a state. Flax NNX keeps each in an object of its own."""
    return jnp.asarray(jax.tree.leaves(leaf)[0])
