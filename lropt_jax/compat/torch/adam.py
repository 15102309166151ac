"""PyTorch's Adam and AdamW."""

import optax

from lropt_jax._core.lifting import lift
from lropt_jax._core.values import Optimizer
from lropt_jax.compat.torch.arguments import Number, check, climbing, decays
from lropt_jax.optimizers import adam, adamw, amsgrad


@lift
def Adam(
    lr: optax.ScalarOrSchedule = 1e-3,
    betas: tuple[Number, Number] = (0.9, 0.999),
    eps: Number = 1e-8,
    weight_decay: Number | None = None,
    amsgrad: bool = False,
    *,
    maximize: bool = False,
    decoupled_weight_decay: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Adam.

    `weight_decay` is added to the gradients and divided with them: parameters whose gradients are large hardly decay.
    `AdamW` has the decay that is usually meant.

    Args:
        lr: A number >= 0, a schedule or a `Rate`.
        betas: Decays of both moments, each in [0, 1), or a schedule.
        eps: Added to the corrected root, >= 0, or a schedule.
        weight_decay: Strength of L2, >= 0, or a schedule. None: PyTorch's 0.
        amsgrad: Divide by the largest second moment so far; it is corrected after the maximum is taken.
        maximize: Go up.
        decoupled_weight_decay: Decay with `lr` instead, as `AdamW`.

    Returns:
        An optimizer; `optimizers.adamw`, or `optimizers.amsgrad`, with the decay of "gradients".

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = Adam(0.1, betas=(0.8, 0.99))
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))[0].round(3)
        Array([-0.1,  0.1], dtype=float32)
    """
    check("torch.Adam", lr, eps=eps, weight_decay=weight_decay)
    b1, b2 = decays("torch.Adam", betas)
    return climbing(_adam(lr, b1, b2, eps, weight_decay, amsgrad, decoupled_weight_decay), maximize)


@lift
def AdamW(
    lr: optax.ScalarOrSchedule = 1e-3,
    betas: tuple[Number, Number] = (0.9, 0.999),
    eps: Number = 1e-8,
    weight_decay: Number | None = 1e-2,
    amsgrad: bool = False,
    *,
    maximize: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Adam with decoupled weight decay: each update takes the share `lr weight_decay` of the parameters.

    Under a schedule the decay falls with the rate. The default strength is 100 times Optax's.

    Args:
        lr: A number >= 0, a schedule or a `Rate`.
        betas: Decays of both moments, each in [0, 1), or a schedule.
        eps: Added to the corrected root, >= 0, or a schedule.
        weight_decay: Strength of the decay, >= 0, or a schedule. None: none.
        amsgrad: Divide by the largest second moment so far; it is corrected after the maximum is taken.
        maximize: Go up. The parameters still decay.

    Returns:
        An optimizer; `optimizers.adamw`, or `optimizers.amsgrad`.

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = AdamW(0.1, weight_decay=0.5), jnp.array([1.0, 2.0])
        >>> tx.update(jnp.zeros(2), tx.init(params), params)[0]
        Array([-0.05, -0.1 ], dtype=float32)
    """
    check("torch.AdamW", lr, eps=eps, weight_decay=weight_decay)
    b1, b2 = decays("torch.AdamW", betas)
    return climbing(_adam(lr, b1, b2, eps, weight_decay, amsgrad, decoupled=True), maximize)


def _adam(
    lr: optax.ScalarOrSchedule,
    b1: Number,
    b2: Number,
    eps: Number,
    weight_decay: Number | None,
    largest: bool,
    decoupled: bool,
) -> Optimizer:
    coupling = "rate" if decoupled else "gradients"
    if largest:
        return amsgrad(lr, b1=b1, b2=b2, eps=eps, weight_decay=weight_decay, decay_coupling=coupling)
    if weight_decay is None:
        return adam(lr, b1=b1, b2=b2, eps=eps)
    return adamw(lr, b1=b1, b2=b2, eps=eps, weight_decay=weight_decay, decay_coupling=coupling)
