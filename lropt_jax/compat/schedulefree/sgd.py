"""SGD of schedulefree."""

import optax

from lropt_jax._core.kinds import NonNegative, PortedRate, Share, StepsFromZero, Strength
from lropt_jax._core.lifting import lift
from lropt_jax.compat.schedulefree.rise import rising
from lropt_jax.optimizers import sgd
from lropt_jax.wrappers import schedule_free


@lift
def SGDScheduleFree(
    lr: PortedRate = 1.0,
    momentum: Share = 0.9,
    weight_decay: Strength | None = None,
    warmup_steps: StepsFromZero = 0,
    r: NonNegative = 0.0,
    weight_lr_power: NonNegative = 2.0,
) -> optax.GradientTransformationExtraArgs:
    """Gradient descent without a schedule.

    Args:
        lr: A number >= 0, a schedule or a `Rate`.
        momentum: The share of the average in the parameters, where the gradients are taken, in [0, 1], or a schedule.
        weight_decay: Strength of the decay at the training point `y`, >= 0, or a schedule. None: no decay.
        warmup_steps: Updates in which the rate rises to `lr`, >= 0.
        r: How much more later steps count in the average, >= 0.
        weight_lr_power: How much less steps at small rates count in the average, >= 0.

    Returns:
        An optimizer: `wrappers.schedule_free` around `optimizers.sgd`. `update` needs `params`.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.wrappers import averaged
        >>> tx, x = SGDScheduleFree(0.5, momentum=0.5), jnp.array([4.0])
        >>> state = tx.init(x)
        >>> for _ in range(2):
        ...     updates, state = tx.update(x, state, x)
        ...     x = x + updates
        >>> x, averaged(state)
        (Array([1.25], dtype=float32), Array([1.5], dtype=float32))
    """
    tx = sgd(rising(lr, warmup_steps), weight_decay=weight_decay)
    return schedule_free(tx, b1=momentum, r=r, weight_power=weight_lr_power)
