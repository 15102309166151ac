"""Optax's optimizers that look at the length of whole arrays."""

from typing import Any

import optax
from jax.typing import ArrayLike

from lropt_jax import optimizers
from lropt_jax._core.lifting import lift
from lropt_jax.compat.optax.masks import whole


@lift
def lars(
    learning_rate: optax.ScalarOrSchedule,
    weight_decay: ArrayLike | optax.Schedule = 0.0,
    weight_decay_mask: Any = True,
    trust_coefficient: ArrayLike | optax.Schedule = 1e-3,
    eps: ArrayLike | optax.Schedule = 0.0,
    trust_ratio_mask: Any = True,
    momentum: ArrayLike | optax.Schedule = 0.9,
    nesterov: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Momentum, with a rate for each array that is relative to the size of its parameters.

    The step is divided by its own length, decay and all; the paper has the sum of two lengths.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        weight_decay: Strength of the decay, >= 0, or a schedule.
        weight_decay_mask: Which parameters decay: bools for them or for whole subtrees, or a function of them.
        trust_coefficient: The share of its length by which an array moves at a rate of 1, >= 0, or a schedule.
        eps: Added to what divides, >= 0, or a schedule.
        trust_ratio_mask: Which arrays have their own rate; as above.
        momentum: In [0, 1), or a schedule. It holds what the rate has multiplied.
        nesterov: Look ahead along the momentum.

    Returns:
        An optimizer; `optimizers.lars` with `joint_norm=True`. `update` needs `params`.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = lars(10.0), jnp.array([3.0, 4.0])
        >>> updates, state = tx.update(jnp.array([1.0, 1.0]), tx.init(params), params)
        >>> jnp.linalg.norm(updates).round(3)
        Array(0.05, dtype=float32)
    """
    return optimizers.lars(
        learning_rate, momentum=momentum, nesterov=nesterov, trust_coefficient=trust_coefficient, eps=eps,
        joint_norm=True, trust_mask=whole(trust_ratio_mask), weight_decay=weight_decay, mask=whole(weight_decay_mask),
    )  # fmt: skip


@lift
def lamb(
    learning_rate: optax.ScalarOrSchedule,
    b1: ArrayLike | optax.Schedule = 0.9,
    b2: ArrayLike | optax.Schedule = 0.999,
    eps: ArrayLike | optax.Schedule = 1e-6,
    *,
    weight_decay: ArrayLike | optax.Schedule = 0.0,
    mask: Any = None,
) -> optax.GradientTransformationExtraArgs:
    """Adam whose step of every array has the length of the array.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`: the share of itself by which an array moves.
        b1: Decay of the first moment, in [0, 1), or a schedule.
        b2: Decay of the second moment, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        weight_decay: Strength of the decay, which is part of the step, >= 0, or a schedule.
        mask: Which parameters decay: bools for them or for whole subtrees, or a function of them; None for all. It has
            no say in which steps are scaled: all are, biases too.

    Returns:
        An optimizer; `optimizers.lamb`. `update` needs `params`.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = lamb(0.1), jnp.array([3.0, 4.0])
        >>> updates, state = tx.update(jnp.array([1.0, 1.0]), tx.init(params), params)
        >>> jnp.linalg.norm(updates).round(3)
        Array(0.5, dtype=float32)
    """
    return optimizers.lamb(learning_rate, b1=b1, b2=b2, eps=eps, weight_decay=weight_decay, mask=whole(mask))


@lift
def novograd(
    learning_rate: optax.ScalarOrSchedule,
    b1: ArrayLike | optax.Schedule = 0.9,
    b2: ArrayLike | optax.Schedule = 0.25,
    eps: ArrayLike | optax.Schedule = 1e-6,
    *,
    weight_decay: ArrayLike | optax.Schedule = 0.0,
) -> optax.GradientTransformationExtraArgs:
    """Momentum of gradients that are divided by the recent length of their whole array.

    An array whose first gradient is 0 counts from its first other gradient here; in Optax that one is divided by less
    than its length.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`. It multiplies the whole momentum.
        b1: Decay of the momentum, which is a sum, in [0, 1), or a schedule.
        b2: Decay of the squared length, in [0, 1), or a schedule. The authors have 0.98 in their program.
        eps: Added to the root, >= 0, or a schedule.
        weight_decay: Strength of the decay, which goes into the momentum, >= 0, or a schedule.

    Returns:
        An optimizer; `optimizers.novograd`. `update` needs `params`.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = novograd(1.0), jnp.zeros(2)
        >>> tx.update(jnp.array([3.0, -4.0]), tx.init(params), params)[0].round(3)
        Array([-0.6,  0.8], dtype=float32)
    """
    return optimizers.novograd(learning_rate, b1=b1, b2=b2, eps=eps, weight_decay=weight_decay)
