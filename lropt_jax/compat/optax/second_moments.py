"""Optax's relatives of Adam whose moments move differently."""

from typing import Any

import optax
from jax.typing import ArrayLike

from lropt_jax import optimizers
from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax.compat.optax.masks import whole


@lift
def adabelief(
    learning_rate: optax.ScalarOrSchedule,
    b1: ArrayLike | optax.Schedule = 0.9,
    b2: ArrayLike | optax.Schedule = 0.999,
    eps: ArrayLike | optax.Schedule = 1e-16,
    eps_root: ArrayLike | optax.Schedule = 1e-16,
) -> optax.GradientTransformationExtraArgs:
    """Adam, divided by how far the gradients are from what was expected.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of the first moment, in [0, 1), or a schedule.
        b2: Decay of the second moment, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        eps_root: Added to the second moment at every step, >= 0, or a schedule.

    Returns:
        An optimizer; `optimizers.adabelief`.

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = adabelief(0.1)
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))[0].round(2)
        Array([-0.11,  0.11], dtype=float32)
    """
    return optimizers.adabelief(learning_rate, b1=b1, b2=b2, eps=eps, eps_root=eps_root)


@lift
def yogi(
    learning_rate: optax.ScalarOrSchedule,
    b1: ArrayLike | optax.Schedule = 0.9,
    b2: ArrayLike | optax.Schedule = 0.999,
    eps: ArrayLike | optax.Schedule = 1e-3,
) -> optax.GradientTransformationExtraArgs:
    """Adam, whose second moment moves by additions of limited size.

    Optax starts the first moment at 1e-6, as if there had been a gradient; here it starts at 0.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of the first moment, in [0, 1), or a schedule.
        b2: One minus the share by which the second moment moves, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.

    Returns:
        An optimizer; `optimizers.yogi` with `bias_correction=True`.

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = yogi(0.1)
        >>> tx.update(jnp.array([100.0, -200.0]), tx.init(jnp.zeros(2)))[0].round(3)
        Array([-0.1,  0.1], dtype=float32)
    """
    return optimizers.yogi(learning_rate, b1=b1, b2=b2, eps=eps, bias_correction=True)


@lift
def adopt(
    learning_rate: optax.ScalarOrSchedule,
    b1: ArrayLike | optax.Schedule = 0.9,
    b2: ArrayLike | optax.Schedule = 0.9999,
    eps: ArrayLike | optax.Schedule = 1e-6,
    *,
    use_clipping: bool = True,
    clip_value_fn: optax.Schedule | None = None,
) -> optax.GradientTransformationExtraArgs:
    """Adam that divides each gradient by the size of those before it; of `optax.contrib`.

    The first update moves nothing. The default clips a rare, large gradient: `optimizers.adopt` does not.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of the first moment, in [0, 1), or a schedule.
        b2: Decay of the second moment, in [0, 1), or a schedule.
        eps: Least divisor, >= 0, or a schedule.
        use_clipping: Limit the divided gradients.
        clip_value_fn: Their largest size, as a function of the step. None: `t^0.25`.

    Returns:
        An optimizer; `optimizers.adopt`.

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, grads = adopt(0.1, b1=0.0), jnp.array([1e-3, -2.0])
        >>> updates, state = tx.update(grads, tx.init(jnp.zeros(2)))
        >>> tx.update(2 * grads, state)[0]
        Array([-0.1,  0.1], dtype=float32)
    """
    clip = (1.0 if clip_value_fn is None else clip_value_fn) if use_clipping else None
    growth = 0.25 if use_clipping and clip_value_fn is None else None
    return optimizers.adopt(learning_rate, b1=b1, b2=b2, eps=eps, clip=clip, clip_growth=growth)


@lift
def ademamix(
    learning_rate: optax.ScalarOrSchedule,
    b1: ArrayLike | optax.Schedule = 0.9,
    b2: ArrayLike | optax.Schedule = 0.999,
    b3: ArrayLike | optax.Schedule = 0.9999,
    alpha: ArrayLike | optax.Schedule = 5.0,
    eps: ArrayLike | optax.Schedule = 1e-8,
    *,
    weight_decay: ArrayLike | optax.Schedule = 0.0,
    mask: Any = None,
) -> optax.GradientTransformationExtraArgs:
    """Adam with a second, slow average of the gradients; of `optax.contrib`.

    It has no warmup of `alpha` and `b3`, without which long runs may diverge early: give schedules, or use
    `optimizers.ademamix`, which has one.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of the fast average, in [0, 1), or a schedule.
        b2: Decay of the second moment, in [0, 1), or a schedule.
        b3: Decay of the slow average, in [0, 1), or a schedule.
        alpha: Weight of the slow average, >= 0, or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        weight_decay: Strength of the decay, >= 0, or a schedule.
        mask: Which parameters decay: bools for them or for whole subtrees, or a function of them; None for all.

    Returns:
        An optimizer; `optimizers.ademamix`. `update` needs `params`.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = ademamix(0.1), jnp.zeros(2)
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(params), params)[0].round(3)
        Array([-0.1,  0.1], dtype=float32)
    """
    checks.schedulable(checks.nonnegative, "optax.ademamix", alpha=alpha)
    return optimizers.ademamix(
        learning_rate, b1=b1, b2=b2, b3=b3, slow_weight=alpha, eps=eps, weight_decay=weight_decay, mask=whole(mask)
    )
