"""PyTorch's relatives of Adam."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import weight
from lropt_jax._core.kinds import Average, Epsilon, PerStep, PortedRate, Strength
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax.compat.torch.arguments import climbing, l2
from lropt_jax.optimizers import adamax, nadam, nadamw, radam


@lift
def NAdam(
    lr: PortedRate = 2e-3,
    betas: tuple[Average, Average] = (0.9, 0.999),
    eps: Epsilon = 1e-8,
    weight_decay: Strength | None = None,
    momentum_decay: PerStep = 4e-3,
    decoupled_weight_decay: bool = False,
    *,
    maximize: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Adam with Nesterov's momentum, whose momentum rises from half of `betas[0]`.

    The rise is slow: by default the momentum reaches 90% of `betas[0]` after 9,857 updates.

    Args:
        lr: A number >= 0, a schedule or a `Rate`.
        betas: Decays of both moments, each in [0, 1), or a schedule.
        eps: Added to the corrected root, >= 0, or a schedule.
        weight_decay: Strength of L2, >= 0, or a schedule. None: no decay.
        momentum_decay: How fast the momentum rises, >= 0, or a schedule.
        decoupled_weight_decay: Decay with `lr` instead, as `AdamW` does.
        maximize: Go up.

    Returns:
        An optimizer: `optimizers.nadamw`, with a decay that goes with the "gradients".

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = NAdam(0.1)
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))[0].round(2)
        Array([-0.11,  0.11], dtype=float32)
    """
    (b1, b2), pull = betas, l2(weight_decay, decoupled_weight_decay)
    if pull is None:
        return climbing(nadam(lr, b1=b1, b2=b2, eps=eps, momentum_decay=momentum_decay), maximize)
    tx = nadamw(lr, b1=b1, b2=b2, eps=eps, momentum_decay=momentum_decay, weight_decay=pull)
    return climbing(tx, maximize)


@lift
def RAdam(
    lr: PortedRate = 1e-3,
    betas: tuple[Average, Average] = (0.9, 0.999),
    eps: Epsilon = 1e-8,
    weight_decay: Strength | None = None,
    decoupled_weight_decay: bool = False,
    *,
    maximize: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Adam with a warmup of its own.

    The first updates, 5 by default, are those of momentum: large gradients make large steps. PyTorch adds `eps` to the
    root before it corrects the root. So at the first division, by default, `eps` counts 13 times.

    Args:
        lr: A number >= 0, a schedule or a `Rate`.
        betas: Decays of both moments, each in [0, 1), or a schedule.
        eps: Added to the root before its correction, >= 0, or a schedule.
        weight_decay: Strength of L2, >= 0, or a schedule. None: no decay.
        decoupled_weight_decay: Decay with `lr` instead, as `AdamW` does.
        maximize: Go up.

    Returns:
        An optimizer: `optimizers.radam`, with a decay that goes with the "gradients".

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = RAdam(0.1)
        >>> tx.update(jnp.array([0.5, -2.0]), tx.init(jnp.zeros(2)))[0].round(3)
        Array([-0.05,  0.2 ], dtype=float32)
    """
    b1, b2 = betas

    def before(step: ArrayLike) -> jax.Array:
        return value_at(eps, step) / jnp.sqrt(weight(value_at(b2, step), real(step) + 1))

    tx = radam(lr, b1=b1, b2=b2, eps=before, weight_decay=l2(weight_decay, decoupled_weight_decay))
    return climbing(tx, maximize)


@lift
def Adamax(
    lr: PortedRate = 2e-3,
    betas: tuple[Average, Average] = (0.9, 0.999),
    eps: Epsilon = 1e-8,
    weight_decay: Strength | None = None,
    *,
    maximize: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Adam with the infinity norm in place of the root of the mean square.

    Args:
        lr: A number >= 0, a schedule or a `Rate`.
        betas: Decays of the moment and of the maximum, each in [0, 1), or a schedule.
        eps: Added to the gradient's size, >= 0, or a schedule.
        weight_decay: Strength of L2, >= 0, or a schedule. None: no decay.
        maximize: Go up.

    Returns:
        An optimizer: `optimizers.adamax`, with a decay that goes with the "gradients".

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = Adamax(0.1)
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))[0].round(3)
        Array([-0.1,  0.1], dtype=float32)
    """
    b1, b2 = betas
    return climbing(adamax(lr, b1=b1, b2=b2, eps=eps, weight_decay=l2(weight_decay)), maximize)
