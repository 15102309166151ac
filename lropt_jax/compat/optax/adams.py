"""Optax's Adam and NAdam, with decay and without."""

from typing import Any

import optax
from jax.typing import ArrayLike

from lropt_jax import optimizers
from lropt_jax._core.lifting import lift
from lropt_jax.compat.optax.masks import whole


@lift
def adam(
    learning_rate: optax.ScalarOrSchedule,
    b1: ArrayLike | optax.Schedule = 0.9,
    b2: ArrayLike | optax.Schedule = 0.999,
    eps: ArrayLike | optax.Schedule = 1e-8,
    *,
    nesterov: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Adam.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of the first moment, in [0, 1), or a schedule.
        b2: Decay of the second moment, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        nesterov: Look one step ahead: `nadam`.

    Returns:
        An optimizer; `optimizers.adam`, or `optimizers.nadam` without its rise of the momentum.

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = adam(0.1)
        >>> tx
        optax.adam(learning_rate=0.1, b1=0.9, b2=0.999, eps=1e-08, nesterov=False)
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))[0].round(3)
        Array([-0.1,  0.1], dtype=float32)
    """
    if nesterov:
        return nadam(learning_rate, b1, b2, eps)
    return optimizers.adam(learning_rate, b1=b1, b2=b2, eps=eps)


@lift
def adamw(
    learning_rate: optax.ScalarOrSchedule,
    b1: ArrayLike | optax.Schedule = 0.9,
    b2: ArrayLike | optax.Schedule = 0.999,
    eps: ArrayLike | optax.Schedule = 1e-8,
    *,
    weight_decay: ArrayLike | optax.Schedule = 1e-4,
    mask: Any = None,
    nesterov: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Adam with decoupled weight decay: each update takes the share `learning_rate weight_decay` of the parameters.

    Under a schedule the decay falls with the rate. The default strength is a hundredth of PyTorch's.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of the first moment, in [0, 1), or a schedule.
        b2: Decay of the second moment, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        weight_decay: Strength of the decay, >= 0, or a schedule.
        mask: Which parameters decay: bools for them or for whole subtrees, or a function of them; None for all.
        nesterov: Look one step ahead: `nadamw`.

    Returns:
        An optimizer; `optimizers.adamw`, or `optimizers.nadamw` without its rise of the momentum. `update` needs
        `params`.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = adamw(0.1, weight_decay=0.5), jnp.array([1.0, 2.0])
        >>> tx.update(jnp.zeros(2), tx.init(params), params)[0]
        Array([-0.05, -0.1 ], dtype=float32)
    """
    if nesterov:
        return nadamw(learning_rate, b1, b2, eps, weight_decay=weight_decay, mask=mask)
    return optimizers.adamw(learning_rate, b1=b1, b2=b2, eps=eps, weight_decay=weight_decay, mask=whole(mask))


@lift
def nadam(
    learning_rate: optax.ScalarOrSchedule,
    b1: ArrayLike | optax.Schedule = 0.9,
    b2: ArrayLike | optax.Schedule = 0.999,
    eps: ArrayLike | optax.Schedule = 1e-8,
) -> optax.GradientTransformationExtraArgs:
    """Adam that looks one step of its momentum ahead. The momentum does not rise as in the paper and in PyTorch.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of the first moment, in [0, 1), or a schedule.
        b2: Decay of the second moment, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.

    Returns:
        An optimizer; `optimizers.nadam` with `momentum_decay=None`.

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = nadam(0.1)
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))[0].round(3)
        Array([-0.147,  0.147], dtype=float32)
    """
    return optimizers.nadam(learning_rate, b1=b1, b2=b2, eps=eps, momentum_decay=None)


@lift
def nadamw(
    learning_rate: optax.ScalarOrSchedule,
    b1: ArrayLike | optax.Schedule = 0.9,
    b2: ArrayLike | optax.Schedule = 0.999,
    eps: ArrayLike | optax.Schedule = 1e-8,
    *,
    weight_decay: ArrayLike | optax.Schedule = 1e-4,
    mask: Any = None,
) -> optax.GradientTransformationExtraArgs:
    """NAdam with decoupled weight decay: each update takes the share `learning_rate weight_decay` of the parameters.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of the first moment, in [0, 1), or a schedule.
        b2: Decay of the second moment, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        weight_decay: Strength of the decay, >= 0, or a schedule.
        mask: Which parameters decay: bools for them or for whole subtrees, or a function of them; None for all.

    Returns:
        An optimizer; `optimizers.nadamw` with `momentum_decay=None`. `update` needs `params`.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = nadamw(0.1, weight_decay=0.5), jnp.array([1.0, 2.0])
        >>> tx.update(jnp.zeros(2), tx.init(params), params)[0]
        Array([-0.05, -0.1 ], dtype=float32)
    """
    return optimizers.nadamw(
        learning_rate, b1=b1, b2=b2, eps=eps, momentum_decay=None, weight_decay=weight_decay, mask=whole(mask)
    )
