"""Parameters that never move."""

import optax

from lropt_jax._core.lifting import lift


@lift
def frozen() -> optax.GradientTransformationExtraArgs:
    """Make no updates: every update is 0, and nothing is remembered.

    Choose it in `groups` for parameters that must not be trained, such as a pretrained encoder. They then have no
    state.

    Returns:
        An optimizer. State: empty. Memory: nothing.

    It is `optax.set_to_zero`.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.wrappers import groups
        >>> tx, params = groups({"encoder": frozen(), "head": sgd(0.1)}), {"encoder": jnp.ones(2), "head": jnp.ones(1)}
        >>> updates, state = tx.update(params, tx.init(params), params)
        >>> updates
        {'encoder': Array([0., 0.], dtype=float32), 'head': Array([-0.1], dtype=float32)}
    """
    return optax.with_extra_args_support(optax.set_to_zero())
