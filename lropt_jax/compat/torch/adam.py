"""PyTorch's Adam and AdamW."""

import optax

from lropt_jax._core.kinds import Average, Epsilon, PortedRate, Strength, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.values import Optimizer
from lropt_jax.compat.torch.arguments import climbing, l2
from lropt_jax.optimizers import adam, adamw, amsgrad


@lift
def Adam(
    lr: PortedRate = 1e-3,
    betas: tuple[Average, Average] = (0.9, 0.999),
    eps: Epsilon = 1e-8,
    weight_decay: Strength | None = None,
    amsgrad: bool = False,
    *,
    maximize: bool = False,
    decoupled_weight_decay: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Adam.

    `weight_decay` is added to the gradients, and Adam divides the sum: parameters with large gradients hardly decay.
    `AdamW` has the decay that most people mean.

    Args:
        lr: A number >= 0, a schedule or a `Rate`.
        betas: Decays of both moments, each in [0, 1), or a schedule.
        eps: Added to the corrected root, >= 0, or a schedule.
        weight_decay: Strength of L2, >= 0, or a schedule. None: no decay.
        amsgrad: Divide by the largest second moment so far. The maximum is taken before the correction.
        maximize: Go up.
        decoupled_weight_decay: Decay with `lr` instead, as `AdamW` does.

    Returns:
        An optimizer: `optimizers.adamw` or `optimizers.amsgrad`, with a decay that goes with the "gradients".

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = Adam(0.1, betas=(0.8, 0.99))
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))[0].round(3)
        Array([-0.1,  0.1], dtype=float32)
    """
    return climbing(_adam(lr, betas, eps, l2(weight_decay, decoupled_weight_decay), amsgrad), maximize)


@lift
def AdamW(
    lr: PortedRate = 1e-3,
    betas: tuple[Average, Average] = (0.9, 0.999),
    eps: Epsilon = 1e-8,
    weight_decay: Strength | None = 1e-2,
    amsgrad: bool = False,
    *,
    maximize: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Adam with decoupled weight decay: each update takes the share `lr weight_decay` of the parameters.

    The decay follows a schedule of `lr`. The default strength is 100 times Optax's.

    Args:
        lr: A number >= 0, a schedule or a `Rate`.
        betas: Decays of both moments, each in [0, 1), or a schedule.
        eps: Added to the corrected root, >= 0, or a schedule.
        weight_decay: Strength of the decay, >= 0, or a schedule. None: no decay.
        amsgrad: Divide by the largest second moment so far. The maximum is taken before the correction.
        maximize: Go up. The parameters still decay.

    Returns:
        An optimizer: `optimizers.adamw` or `optimizers.amsgrad`.

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = AdamW(0.1, weight_decay=0.5), jnp.array([1.0, 2.0])
        >>> tx.update(jnp.zeros(2), tx.init(params), params)[0]
        Array([-0.05, -0.1 ], dtype=float32)
    """
    return climbing(_adam(lr, betas, eps, weight_decay, amsgrad), maximize)


def _adam(
    lr: PortedRate, betas: tuple[Average, Average], eps: Epsilon, weight_decay: WeightDecay | None, largest: bool
) -> Optimizer:
    b1, b2 = betas
    if largest:
        return amsgrad(lr, b1=b1, b2=b2, eps=eps, weight_decay=weight_decay)
    if weight_decay is None:
        return adam(lr, b1=b1, b2=b2, eps=eps)
    return adamw(lr, b1=b1, b2=b2, eps=eps, weight_decay=weight_decay)
