"""PyTorch's relatives of Adam."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import weight
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import at, real
from lropt_jax.compat.torch.arguments import Number, check, climbing, decays
from lropt_jax.optimizers import adamax, nadam, nadamw, radam


@lift
def NAdam(
    lr: optax.ScalarOrSchedule = 2e-3,
    betas: tuple[Number, Number] = (0.9, 0.999),
    eps: Number = 1e-8,
    weight_decay: Number | None = None,
    momentum_decay: Number = 4e-3,
    decoupled_weight_decay: bool = False,
    *,
    maximize: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Adam with Nesterov's momentum, whose momentum rises from half of `betas[0]`.

    It takes long: by default 90% of `betas[0]` is reached after 9,857 updates.

    Args:
        lr: A number >= 0, a schedule or a `Rate`.
        betas: Decays of both moments, each in [0, 1), or a schedule.
        eps: Added to the corrected root, >= 0, or a schedule.
        weight_decay: Strength of L2, >= 0, or a schedule. None: PyTorch's 0.
        momentum_decay: How fast the momentum rises, >= 0, or a schedule.
        decoupled_weight_decay: Decay with `lr` instead, as `AdamW`.
        maximize: Go up.

    Returns:
        An optimizer; `optimizers.nadamw`, with the decay of "gradients".

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = NAdam(0.1)
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))[0].round(2)
        Array([-0.11,  0.11], dtype=float32)
    """
    check("torch.NAdam", lr, eps=eps, weight_decay=weight_decay, momentum_decay=momentum_decay)
    b1, b2 = decays("torch.NAdam", betas)
    if weight_decay is None:
        return climbing(nadam(lr, b1=b1, b2=b2, eps=eps, momentum_decay=momentum_decay), maximize)
    tx = nadamw(
        lr, b1=b1, b2=b2, eps=eps, momentum_decay=momentum_decay, weight_decay=weight_decay,
        decay_coupling="rate" if decoupled_weight_decay else "gradients",
    )  # fmt: skip
    return climbing(tx, maximize)


@lift
def RAdam(
    lr: optax.ScalarOrSchedule = 1e-3,
    betas: tuple[Number, Number] = (0.9, 0.999),
    eps: Number = 1e-8,
    weight_decay: Number | None = None,
    decoupled_weight_decay: bool = False,
    *,
    maximize: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Adam with a warmup of its own.

    The first updates, 5 by default, are those of momentum and have the gradients' scale: large gradients make large
    steps. `eps` is added to the root before it is corrected, so that it is 13 times as large at the first division.

    Args:
        lr: A number >= 0, a schedule or a `Rate`.
        betas: Decays of both moments, each in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        weight_decay: Strength of L2, >= 0, or a schedule. None: PyTorch's 0.
        decoupled_weight_decay: Decay with `lr` instead, as `AdamW`.
        maximize: Go up.

    Returns:
        An optimizer; `optimizers.radam`, with the decay of "gradients".

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = RAdam(0.1)
        >>> tx.update(jnp.array([0.5, -2.0]), tx.init(jnp.zeros(2)))[0].round(3)
        Array([-0.05,  0.2 ], dtype=float32)
    """
    check("torch.RAdam", lr, eps=eps, weight_decay=weight_decay)
    b1, b2 = decays("torch.RAdam", betas)

    def before(step: ArrayLike) -> jax.Array:
        return at(eps, step) / jnp.sqrt(weight(at(b2, step), real(step) + 1))

    coupling = "rate" if decoupled_weight_decay else "gradients"
    tx = radam(lr, b1=b1, b2=b2, eps=before, weight_decay=weight_decay, decay_coupling=coupling)
    return climbing(tx, maximize)


@lift
def Adamax(
    lr: optax.ScalarOrSchedule = 2e-3,
    betas: tuple[Number, Number] = (0.9, 0.999),
    eps: Number = 1e-8,
    weight_decay: Number | None = None,
    *,
    maximize: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Adam with the infinity norm in place of the root of the mean square.

    Args:
        lr: A number >= 0, a schedule or a `Rate`.
        betas: Decays of the moment and of the maximum, each in [0, 1), or a schedule.
        eps: Added to the gradient's size, >= 0, or a schedule.
        weight_decay: Strength of L2, >= 0, or a schedule. None: PyTorch's 0.
        maximize: Go up.

    Returns:
        An optimizer; `optimizers.adamax`, with the decay of "gradients".

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = Adamax(0.1)
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))[0].round(3)
        Array([-0.1,  0.1], dtype=float32)
    """
    check("torch.Adamax", lr, eps=eps, weight_decay=weight_decay)
    b1, b2 = decays("torch.Adamax", betas)
    tx = adamax(lr, b1=b1, b2=b2, eps=eps, weight_decay=weight_decay, decay_coupling="gradients")
    return climbing(tx, maximize)
