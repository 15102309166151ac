"""The wrapper of schedulefree around any optimizer."""

import optax
from jax.typing import ArrayLike

from lropt_jax._core.lifting import lift
from lropt_jax.compat.schedulefree.rise import check_average
from lropt_jax.compat.torch.arguments import Number, nonnegative
from lropt_jax.wrappers import schedule_free


@lift
def ScheduleFreeWrapper(
    base: optax.GradientTransformation,
    weight_decay_at_y: Number | None = None,
    momentum: Number = 0.9,
    weight_lr_power: ArrayLike = 2.0,
    r: ArrayLike = 0.0,
) -> optax.GradientTransformationExtraArgs:
    """Any optimizer without a schedule. Its own decay, if it has one, is at `z`.

    Args:
        base: Of this library or of Optax; `schedulefree` takes PyTorch's.
        weight_decay_at_y: Strength of a decay at `y`, >= 0, or a schedule, times the rate of `base`. None: the
            library's 0.
        momentum: Where the gradients are taken: the share of the average in it, in [0, 1], or a schedule.
        weight_lr_power: How much less steps at small rates count in the average, >= 0.
        r: How much more later steps count in it, >= 0.

    Returns:
        An optimizer; `wrappers.schedule_free` with `point="z"`. `update` needs `params`.

    Raises:
        TypeError: `base` is not a gradient transformation.
        ValueError: A number is outside its range, or `update` is called without `params`.

    With Prodigy as `base` the rate is what it moved by, `lr d`; the library takes `lr` alone for the decay, and for the
    average the `d` of the next step. It decays at `y` before `base` steps: a `base` that decays too sees that in `z`
    there, here it does not.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.compat.torch import SGD
        >>> tx, x = ScheduleFreeWrapper(SGD(0.5), weight_decay_at_y=1.0), jnp.array([4.0])
        >>> tx.update(x, tx.init(x), x)[0]
        Array([-4.], dtype=float32)
    """
    owner = "schedulefree.ScheduleFreeWrapper"
    if not isinstance(base, optax.GradientTransformation):
        raise TypeError(f"{owner}: base must be a gradient transformation, got {base!r}.")
    if weight_decay_at_y is not None:
        nonnegative(owner, weight_decay_at_y=weight_decay_at_y)
    check_average(owner, {"momentum": momentum}, weight_lr_power=weight_lr_power, r=r)
    return schedule_free(
        base, b1=momentum, r=r, weight_power=weight_lr_power, weight_decay=weight_decay_at_y, point="z"
    )
