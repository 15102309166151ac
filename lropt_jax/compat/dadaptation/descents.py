"""SGD, AdaGrad and Lion with D-Adaptation."""

import optax

from lropt_jax._core.kinds import Average, Epsilon, Limit, Momentum, OpenAverage, PortedPlainRate, Strength
from lropt_jax._core.lifting import lift
from lropt_jax.compat.dadaptation.arguments import GrowthRate, limit
from lropt_jax.compat.torch.arguments import l2
from lropt_jax.optimizers import dadapt_adagrad, dadapt_lion, dadapt_sgd


@lift
def DAdaptSGD(
    lr: PortedPlainRate = 1.0,
    momentum: Momentum | None = None,
    weight_decay: Strength | None = None,
    *,
    d0: Limit = 1e-6,
    growth_rate: GrowthRate | None = None,
) -> optax.GradientTransformationExtraArgs:
    """Gradient descent at the rate `d * lr / |g_0|`, `g_0` the first gradient, without decay.

    Momentum is an average here: a gradient enters it with the weight `1 - momentum`.

    Args:
        lr: Factor of `d`, a number >= 0 or a schedule.
        momentum: The share that is kept, in [0, 1), or a schedule. None: no momentum.
        weight_decay: Strength of L2, >= 0, or a schedule. None: no decay.
        d0: The first `d`, > 0.
        growth_rate: The most that one update may multiply `d` by, >= 1, or a schedule. None, inf: unlimited.

    Returns:
        An optimizer: `optimizers.dadapt_sgd` with a decay that goes with the "gradients".

    Raises:
        ValueError: A number is outside its range.
        TypeError: `lr` is neither a number nor a schedule.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = DAdaptSGD(d0=5.0)
        >>> tx.update(jnp.array([3.0, -4.0]), tx.init(jnp.zeros(2)))[0]
        Array([-3.,  4.], dtype=float32)
    """
    return dadapt_sgd(
        lr, momentum=momentum, d0=d0, growth_limit=limit(growth_rate), weight_decay=l2(weight_decay)
    )  # fmt: skip


@lift
def DAdaptAdaGrad(
    lr: PortedPlainRate = 1.0,
    momentum: Momentum | None = None,
    *,
    weight_decay: Strength | None = None,
    eps: Epsilon = 1e-6,
    d0: Limit = 1e-6,
    growth_rate: GrowthRate | None = None,
) -> optax.GradientTransformationExtraArgs:
    """AdaGrad by dual averaging at the rate `d * lr`. Its authors recommend Adam or SGD: its `d` grows slowly.

    Args:
        lr: Factor of `d`, a number >= 0 or a schedule.
        momentum: The share that is kept, in [0, 1), or a schedule. None: no momentum.
        weight_decay: Strength of L2, >= 0, or a schedule. None: no decay.
        eps: Added to the root, >= 0, or a schedule.
        d0: The first `d`, > 0.
        growth_rate: The most that one update may multiply `d` by, >= 1, or a schedule. None, inf: unlimited.

    Returns:
        An optimizer: `optimizers.dadapt_adagrad` with a decay that goes with the "gradients".

    Raises:
        ValueError: A number is outside its range.
        TypeError: `lr` is neither a number nor a schedule.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = DAdaptAdaGrad(d0=0.1)
        >>> tx.update(jnp.array([3.0, -4.0]), tx.init(jnp.zeros(2)))[0].round(3)
        Array([-0.1,  0.1], dtype=float32)
    """
    return dadapt_adagrad(
        lr, momentum=momentum, eps=eps, d0=d0, growth_limit=limit(growth_rate), weight_decay=l2(weight_decay)
    )  # fmt: skip


@lift
def DAdaptLion(
    lr: PortedPlainRate = 1.0,
    betas: tuple[Average, OpenAverage] = (0.9, 0.99),
    weight_decay: Strength | None = None,
    *,
    d0: Limit = 1e-6,
) -> optax.GradientTransformationExtraArgs:
    """Lion at the rate `d * lr`; experimental, say its authors.

    Args:
        lr: Factor of `d`, a number >= 0 or a schedule.
        betas: Weight of the momentum in the direction, in [0, 1), and its decay, in (0, 1), or schedules.
        weight_decay: Strength of the decay, which goes with `d * lr`, >= 0, or a schedule. None: no decay.
        d0: The first `d`, > 0.

    Returns:
        An optimizer: `optimizers.dadapt_lion`.

    Raises:
        ValueError: A number is outside its range.
        TypeError: `lr` is neither a number nor a schedule.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = DAdaptLion(d0=0.1)
        >>> tx.update(jnp.array([3.0, -4.0]), tx.init(jnp.zeros(2)))[0]
        Array([-0.1,  0.1], dtype=float32)
    """
    b1, b2 = betas
    return dadapt_lion(lr, b1=b1, b2=b2, d0=d0, weight_decay=weight_decay)
