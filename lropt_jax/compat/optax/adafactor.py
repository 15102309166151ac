"""Optax's Adafactor."""

from typing import Any

import optax
from jax.typing import ArrayLike

from lropt_jax import optimizers
from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax.compat.optax.masks import whole

_NEVER = 2**31 - 1  # no axis is so long


@lift(static=("min_dim_size_to_factor",))
def adafactor(
    learning_rate: optax.ScalarOrSchedule | None = None,
    min_dim_size_to_factor: int = 128,
    decay_rate: ArrayLike | optax.Schedule = 0.8,
    *,
    multiply_by_parameter_scale: bool = True,
    clipping_threshold: ArrayLike | optax.Schedule | None = 1.0,
    momentum: ArrayLike | optax.Schedule | None = None,
    weight_decay_rate: ArrayLike | optax.Schedule | None = None,
    eps: ArrayLike | optax.Schedule = 1e-30,
    factored: bool = True,
    weight_decay_mask: Any = None,
) -> optax.GradientTransformationExtraArgs:
    """Adafactor, whose rate is a share of each parameter's size.

    The decay does not go with the rate: `weight_decay_rate` is the share of a parameter that each update takes, at
    whatever rate. The momentum holds what the rate has multiplied. Optax's `decay_offset` is not taken: it is NaN in a
    run that starts at step 0.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`. None: 1.
        min_dim_size_to_factor: An array is factored along its two longest axes if both are at least so long.
        decay_rate: How fast the average of squares grows longer, >= 0, or a schedule.
        multiply_by_parameter_scale: Multiply by the parameters' size, at least 1e-3. False: rates are absolute.
        clipping_threshold: Largest root mean square of an update before it is sized, > 0, or a schedule. None: any.
        momentum: Decay of a moving average of the updates, in [0, 1), or a schedule. None: none.
        weight_decay_rate: Strength of the decay, >= 0, or a schedule. None: none.
        eps: Added to the squared gradients, >= 0, or a schedule.
        factored: Whether arrays are factored at all.
        weight_decay_mask: Which parameters decay: bools for them or for whole subtrees, or a function of them; None for
            all.

    Returns:
        An optimizer; `optimizers.adafactor` with `decay_coupling="independent", rate_in_momentum=True`. `update` needs
        `params`.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = adafactor(0.1), jnp.array([3.0, -3.0])
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(params), params)[0].round(3)
        Array([-0.3,  0.3], dtype=float32)
    """
    owner = "optax.adafactor"
    checks.positive(owner, min_dim_size_to_factor=min_dim_size_to_factor)
    checks.schedulable(checks.nonnegative, owner, decay_rate=decay_rate)
    if clipping_threshold is not None:
        checks.schedulable(checks.positive, owner, clipping_threshold=clipping_threshold)
    if momentum is not None:
        checks.schedulable(checks.below_one, owner, momentum=momentum)
    if weight_decay_rate is not None:
        checks.schedulable(checks.nonnegative, owner, weight_decay_rate=weight_decay_rate)
    return optimizers.adafactor(
        1.0 if learning_rate is None else learning_rate,
        b1=momentum, rate_in_momentum=True, decay_exponent=decay_rate, eps=eps, clip_threshold=clipping_threshold,
        parameter_scale=multiply_by_parameter_scale,
        min_dim_size_to_factor=min_dim_size_to_factor if factored else _NEVER,
        weight_decay=weight_decay_rate, decay_coupling="independent", mask=whole(weight_decay_mask),
    )  # fmt: skip
