"""Optax's relatives of Adam with another second moment or another start."""

from typing import Any

import optax
from jax.typing import ArrayLike

from lropt_jax import optimizers
from lropt_jax._core.lifting import lift
from lropt_jax.compat.optax.masks import whole


@lift
def amsgrad(
    learning_rate: optax.ScalarOrSchedule,
    b1: ArrayLike | optax.Schedule = 0.9,
    b2: ArrayLike | optax.Schedule = 0.999,
    eps: ArrayLike | optax.Schedule = 1e-8,
    *,
    bias_correction_mu: bool = True,
    bias_correction_nu: bool = True,
) -> optax.GradientTransformationExtraArgs:
    """Adam, divided by the largest second moment so far.

    The largest is taken of what is already corrected for the start: the first gradient, weighed in full, counts for
    ever. PyTorch takes the largest first and corrects it afterwards.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of the first moment, in [0, 1), or a schedule.
        b2: Decay of the second moment, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        bias_correction_mu: Correct the first moment for its start. Optax 0.2.6 has neither of the two.
        bias_correction_nu: Correct the second moment; the same as for the first.

    Returns:
        An optimizer; `optimizers.amsgrad` with `max_of_corrected=True`.

    Raises:
        ValueError: A number is outside its range, or one moment is to be corrected and not the other.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = amsgrad(0.1)
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))[0].round(3)
        Array([-0.1,  0.1], dtype=float32)
    """
    if bias_correction_mu != bias_correction_nu:
        got = f"{bias_correction_mu} and {bias_correction_nu}"
        raise ValueError(f"optax.amsgrad: bias_correction_mu and bias_correction_nu must be the same, got {got}.")
    return optimizers.amsgrad(
        learning_rate, b1=b1, b2=b2, eps=eps, bias_correction=bias_correction_mu, max_of_corrected=True
    )


@lift
def adamax(
    learning_rate: optax.ScalarOrSchedule,
    b1: ArrayLike | optax.Schedule = 0.9,
    b2: ArrayLike | optax.Schedule = 0.999,
    eps: ArrayLike | optax.Schedule = 1e-8,
) -> optax.GradientTransformationExtraArgs:
    """Adam with the infinity norm in place of the root of the mean square.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of the first moment, in [0, 1), or a schedule.
        b2: Decay of the maximum, in [0, 1), or a schedule.
        eps: Added to the gradient's size, >= 0, or a schedule.

    Returns:
        An optimizer; `optimizers.adamax`.

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = adamax(0.1)
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))[0].round(3)
        Array([-0.1,  0.1], dtype=float32)
    """
    return optimizers.adamax(learning_rate, b1=b1, b2=b2, eps=eps)


@lift
def adamaxw(
    learning_rate: optax.ScalarOrSchedule,
    b1: ArrayLike | optax.Schedule = 0.9,
    b2: ArrayLike | optax.Schedule = 0.999,
    eps: ArrayLike | optax.Schedule = 1e-8,
    weight_decay: ArrayLike | optax.Schedule = 1e-4,
    mask: Any = None,
) -> optax.GradientTransformationExtraArgs:
    """AdaMax with decoupled weight decay: each update takes the share `learning_rate weight_decay` of the parameters.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of the first moment, in [0, 1), or a schedule.
        b2: Decay of the maximum, in [0, 1), or a schedule.
        eps: Added to the gradient's size, >= 0, or a schedule.
        weight_decay: Strength of the decay, >= 0, or a schedule.
        mask: Which parameters decay: bools for them or for whole subtrees, or a function of them; None for all.

    Returns:
        An optimizer; `optimizers.adamax`. `update` needs `params`.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = adamaxw(0.1, weight_decay=0.5), jnp.array([1.0, 2.0])
        >>> tx.update(jnp.zeros(2), tx.init(params), params)[0]
        Array([-0.05, -0.1 ], dtype=float32)
    """
    return optimizers.adamax(learning_rate, b1=b1, b2=b2, eps=eps, weight_decay=weight_decay, mask=whole(mask))


@lift
def radam(
    learning_rate: optax.ScalarOrSchedule,
    b1: ArrayLike | optax.Schedule = 0.9,
    b2: ArrayLike | optax.Schedule = 0.999,
    eps: ArrayLike | optax.Schedule = 1e-8,
    *,
    threshold: ArrayLike | optax.Schedule = 5.0,
) -> optax.GradientTransformationExtraArgs:
    """Adam with a warmup of its own. The first updates, 5 by default, have the gradients' scale.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of the first moment, in [0, 1), or a schedule.
        b2: Decay of the second moment, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        threshold: Length of the average from which on the second moment is used, >= 4, or a schedule.

    Returns:
        An optimizer; `optimizers.radam`.

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = radam(0.1)
        >>> tx.update(jnp.array([0.5, -2.0]), tx.init(jnp.zeros(2)))[0].round(3)
        Array([-0.05,  0.2 ], dtype=float32)
    """
    return optimizers.radam(learning_rate, b1=b1, b2=b2, eps=eps, threshold=threshold)
