"""Optax's optimizers that divide by the size of the gradients."""

from typing import Any

import optax
from jax.typing import ArrayLike

from lropt_jax import optimizers
from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax.compat.optax.masks import whole


@lift
def adagrad(
    learning_rate: optax.ScalarOrSchedule,
    initial_accumulator_value: ArrayLike | optax.Schedule = 0.1,
    eps: ArrayLike | optax.Schedule = 1e-7,
) -> optax.GradientTransformationExtraArgs:
    """AdaGrad, whose sum of squares starts at 0.1: gradients below 0.3 move little at first.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        initial_accumulator_value: Where the sum begins, >= 0.
        eps: Added inside the root, >= 0, or a schedule.

    Returns:
        An optimizer; `optimizers.adagrad`.

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = adagrad(0.1)
        >>> tx.update(jnp.array([0.03, -20.0]), tx.init(jnp.zeros(2)))[0].round(3)
        Array([-0.009,  0.1  ], dtype=float32)
    """
    return optimizers.adagrad(
        learning_rate, eps=eps, eps_in_sqrt=True, initial_accumulator_value=initial_accumulator_value
    )


@lift
def adadelta(
    learning_rate: optax.ScalarOrSchedule,
    rho: ArrayLike | optax.Schedule = 0.9,
    eps: ArrayLike | optax.Schedule = 1e-6,
    weight_decay: ArrayLike | optax.Schedule = 0.0,
    weight_decay_mask: Any = None,
) -> optax.GradientTransformationExtraArgs:
    """AdaDelta. The paper's rate is 1; without a rate Optax climbs, so there must be one here.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        rho: Decay of both averages, in [0, 1), or a schedule.
        eps: Added inside both roots, >= 0, or a schedule.
        weight_decay: Strength of L2: it is added to the gradients, >= 0, or a schedule.
        weight_decay_mask: Which parameters decay: bools for them or for whole subtrees, or a function of them; None for
            all.

    Returns:
        An optimizer; `optimizers.adadelta`. `update` needs `params`.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = adadelta(1.0, rho=0.75), jnp.zeros(2)
        >>> tx.update(jnp.array([3.0, -2.0]), tx.init(params), params)[0].round(4)
        Array([-0.002,  0.002], dtype=float32)
    """
    checks.schedulable(checks.below_one, "optax.adadelta", rho=rho)
    return optimizers.adadelta(
        learning_rate, decay=rho, eps=eps, weight_decay=weight_decay, decay_coupling="gradients",
        mask=whole(weight_decay_mask),
    )  # fmt: skip


@lift
def rmsprop(
    learning_rate: optax.ScalarOrSchedule,
    decay: ArrayLike | optax.Schedule = 0.9,
    eps: ArrayLike | optax.Schedule = 1e-8,
    initial_scale: ArrayLike | optax.Schedule = 0.0,
    eps_in_sqrt: bool = True,
    centered: bool = False,
    momentum: ArrayLike | optax.Schedule | None = None,
    nesterov: bool = False,
    bias_correction: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """RMSprop, whose momentum holds what the rate has multiplied: a change of the rate acts gradually.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        decay: Of the average of squares, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        initial_scale: Where the average of squares begins, >= 0.
        eps_in_sqrt: Add `eps` inside the root.
        centered: Divide by the deviation of the gradients instead of their size.
        momentum: In [0, 1), or a schedule. None: none.
        nesterov: Look ahead along the momentum. Optax takes it without momentum, where it does nothing.
        bias_correction: Correct the averages for their start. Without it the first update is
            `learning_rate / sqrt(1 - decay)`, 3.2 times the rate by default.

    Returns:
        An optimizer; `optimizers.rmsprop` with `rate_in_momentum=True`.

    Raises:
        ValueError: A number is outside its range, or `nesterov` is given without momentum.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = rmsprop(0.1, decay=0.75)
        >>> tx.update(jnp.array([3.0, -2.0]), tx.init(jnp.zeros(2)))[0].round(3)
        Array([-0.2,  0.2], dtype=float32)
    """
    checks.schedulable(checks.nonnegative, "optax.rmsprop", initial_scale=initial_scale)
    return optimizers.rmsprop(
        learning_rate, decay=decay, eps=eps, eps_in_sqrt=eps_in_sqrt, initial_accumulator_value=initial_scale,
        bias_correction=bias_correction, centered=centered, momentum=momentum, nesterov=nesterov,
        rate_in_momentum=True,
    )  # fmt: skip
