"""The wrapper of schedulefree around any optimizer."""

import optax

from lropt_jax._core.kinds import AnyOptimizer, NonNegative, Share, Strength
from lropt_jax._core.lifting import lift
from lropt_jax.wrappers import schedule_free


@lift
def ScheduleFreeWrapper(
    base: AnyOptimizer,
    weight_decay_at_y: Strength | None = None,
    momentum: Share = 0.9,
    weight_lr_power: NonNegative = 2.0,
    r: NonNegative = 0.0,
) -> optax.GradientTransformationExtraArgs:
    """Any optimizer without a schedule. Its own decay, if it has one, is at `z`.

    Args:
        base: An optimizer of this library or of Optax; `schedulefree` takes PyTorch's.
        weight_decay_at_y: Strength of a decay at the parameters `y`, which goes with the rate of `base`, >= 0, or a
            schedule. None: no decay.
        momentum: The share of the average in the parameters, where the gradients are taken, in [0, 1], or a schedule.
        weight_lr_power: How much less steps at small rates count in the average, >= 0.
        r: How much more later steps count in the average, >= 0.

    Returns:
        An optimizer: `wrappers.schedule_free` with `point="z"`. `update` needs `params`.

    Raises:
        TypeError: `base` is not a gradient transformation.
        ValueError: A number is outside its range, or `update` is called without `params`.

    With Prodigy as `base` the rate is the one of its step, `lr d`. The library takes `lr` alone for the decay, and the
    `d` of the next step for the average. It decays at `y` before `base` makes its step: a `base` with its own decay
    sees that in `z` there, but not here.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.compat.torch import SGD
        >>> tx, x = ScheduleFreeWrapper(SGD(0.5), weight_decay_at_y=1.0), jnp.array([4.0])
        >>> tx.update(x, tx.init(x), x)[0]
        Array([-4.], dtype=float32)
    """
    return schedule_free(
        base, b1=momentum, r=r, weight_power=weight_lr_power, weight_decay=weight_decay_at_y, point="z"
    )
