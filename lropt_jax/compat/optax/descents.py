"""Optax's optimizers without a second moment."""

from typing import Any

import optax
from jax.typing import ArrayLike

from lropt_jax import optimizers
from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax.compat.optax.masks import whole


@lift
def sgd(
    learning_rate: optax.ScalarOrSchedule, momentum: ArrayLike | optax.Schedule | None = None, nesterov: bool = False
) -> optax.GradientTransformationExtraArgs:
    """Gradient descent, with momentum as a sum if asked for.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`. It multiplies the whole momentum.
        momentum: In [0, 1), or a schedule. None: none.
        nesterov: Look ahead along the momentum. Optax takes it without momentum, where it does nothing.

    Returns:
        An optimizer; `optimizers.sgd`.

    Raises:
        ValueError: A number is outside its range, or `nesterov` is given without momentum.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = sgd(0.1, momentum=0.9)
        >>> tx
        optax.sgd(learning_rate=0.1, momentum=0.9, nesterov=False)
        >>> tx.update(jnp.array([1.0, -2.0]), tx.init(jnp.zeros(2)))[0]
        Array([-0.1,  0.2], dtype=float32)
    """
    return optimizers.sgd(learning_rate, momentum=momentum, nesterov=nesterov)


@lift
def sign_sgd(learning_rate: optax.ScalarOrSchedule) -> optax.GradientTransformationExtraArgs:
    """Each parameter moves by the rate, against the sign of its gradient.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.

    Returns:
        An optimizer; `optimizers.sign_sgd`.

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = sign_sgd(0.1)
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))[0]
        Array([-0.1,  0.1], dtype=float32)
    """
    return optimizers.sign_sgd(learning_rate)


@lift
def signum(
    learning_rate: optax.ScalarOrSchedule, beta: ArrayLike | optax.Schedule = 0.9
) -> optax.GradientTransformationExtraArgs:
    """Each parameter moves by the rate, against the sign of its gradients' moving average.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        beta: Decay of the average, in [0, 1), or a schedule.

    Returns:
        An optimizer; `optimizers.sign_sgd` with momentum.

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = signum(0.1)
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))[0]
        Array([-0.1,  0.1], dtype=float32)
    """
    checks.schedulable(checks.below_one, "optax.signum", beta=beta)
    return optimizers.sign_sgd(learning_rate, momentum=beta)


@lift
def lion(
    learning_rate: optax.ScalarOrSchedule,
    b1: ArrayLike | optax.Schedule = 0.9,
    b2: ArrayLike | optax.Schedule = 0.99,
    *,
    weight_decay: ArrayLike | optax.Schedule = 1e-3,
    mask: Any = None,
) -> optax.GradientTransformationExtraArgs:
    """The sign of the momentum, with decoupled weight decay.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`; 3 to 10 times smaller than for `adamw`.
        b1: Weight of the momentum in the direction, in [0, 1), or a schedule.
        b2: Decay of the momentum, in (0, 1), or a schedule.
        weight_decay: Strength of the decay, >= 0, or a schedule. Unlike in `adam`, there is one by default.
        mask: Which parameters decay: bools for them or for whole subtrees, or a function of them; None for all.

    Returns:
        An optimizer; `optimizers.lion`. `update` needs `params`.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = lion(0.1, weight_decay=0.5), jnp.array([1.0, 2.0])
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(params), params)[0]
        Array([-0.15,  0.  ], dtype=float32)
    """
    return optimizers.lion(learning_rate, b1=b1, b2=b2, weight_decay=weight_decay, mask=whole(mask))
