"""Read the learning rates that a state records."""

import jax
import optax
from optax import tree_utils


def learning_rate(state: optax.OptState) -> jax.Array | dict[str, jax.Array]:
    """The rate of the last update, from the state of any optimizer, however deep it is nested.

    Args:
        state: What `init` or `update` returned: of an optimizer of this library, of a chain, wrapper or partition
            around one, or of Optax's `inject_hyperparams`.

    Returns:
        The rate, shape (), or `(lanes,)` for a `vmap`ped state. Where several are recorded, all of them: a dict from
        where in the state each stands.

    Raises:
        ValueError: The state records no rate, as in plain Optax optimizers.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax import chain, learning_rate
        >>> from lropt_jax.optimizers import sgd
        >>> learning_rate(chain(sgd(0.5)).init(jnp.ones(3)))
        Array(0.5, dtype=float32)
    """
    found = {
        jax.tree_util.keystr(path): rate
        for path, rate in tree_utils.tree_get_all_with_path(state, "learning_rate")
        if isinstance(rate, jax.Array)
    }
    if not found:
        raise ValueError(
            "learning_rate: state must record a rate, got none; use an optimizer of this library, "
            "or optax.inject_hyperparams."
        )
    return found if len(found) > 1 else next(iter(found.values()))
