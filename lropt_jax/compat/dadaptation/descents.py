"""SGD, AdaGrad and Lion with D-Adaptation."""

import optax

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax.compat.dadaptation.arguments import check, limit
from lropt_jax.compat.torch.arguments import Number, decays
from lropt_jax.optimizers import dadapt_adagrad, dadapt_lion, dadapt_sgd


@lift
def DAdaptSGD(
    lr: optax.ScalarOrSchedule = 1.0,
    momentum: Number | None = None,
    weight_decay: Number | None = None,
    *,
    d0: Number = 1e-6,
    growth_rate: Number | None = None,
) -> optax.GradientTransformationExtraArgs:
    """Gradient descent at the rate `d * lr / |g_0|`, `g_0` the first gradient, without decay.

    Momentum is an average here: the last gradient enters with the weight `1 - momentum`.

    Args:
        lr: What `d` is multiplied by, a number >= 0 or a schedule.
        momentum: In [0, 1), or a schedule. None: the package's 0.
        weight_decay: Strength of L2, >= 0, or a schedule. None: the package's 0.
        d0: The first `d`, > 0.
        growth_rate: How many times itself `d` may become in one update, >= 1, or a schedule. None: the package's inf.

    Returns:
        An optimizer; `optimizers.dadapt_sgd` with the decay of "gradients".

    Raises:
        ValueError: A number is outside its range.
        TypeError: `lr` is neither a number nor a schedule.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = DAdaptSGD(d0=5.0)
        >>> tx.update(jnp.array([3.0, -4.0]), tx.init(jnp.zeros(2)))[0]
        Array([-3.,  4.], dtype=float32)
    """
    owner = "dadaptation.DAdaptSGD"
    check(owner, lr, d0, weight_decay=weight_decay)
    if momentum is not None:
        checks.schedulable(checks.below_one, owner, momentum=momentum)
    return dadapt_sgd(
        lr, momentum=momentum, d0=d0, growth_limit=limit(owner, growth_rate), weight_decay=weight_decay,
        decay_coupling="gradients",
    )  # fmt: skip


@lift
def DAdaptAdaGrad(
    lr: optax.ScalarOrSchedule = 1.0,
    momentum: Number | None = None,
    *,
    weight_decay: Number | None = None,
    eps: Number = 1e-6,
    d0: Number = 1e-6,
    growth_rate: Number | None = None,
) -> optax.GradientTransformationExtraArgs:
    """AdaGrad by dual averaging at the rate `d * lr`. Its authors recommend Adam or SGD: its `d` grows slowly.

    Args:
        lr: What `d` is multiplied by, a number >= 0 or a schedule.
        momentum: In [0, 1), or a schedule. None: the package's 0.
        weight_decay: Strength of L2, >= 0, or a schedule. None: the package's 0.
        eps: Added to the root, >= 0, or a schedule.
        d0: The first `d`, > 0.
        growth_rate: How many times itself `d` may become in one update, >= 1, or a schedule. None: the package's inf.

    Returns:
        An optimizer; `optimizers.dadapt_adagrad` with the decay of "gradients".

    Raises:
        ValueError: A number is outside its range.
        TypeError: `lr` is neither a number nor a schedule.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = DAdaptAdaGrad(d0=0.1)
        >>> tx.update(jnp.array([3.0, -4.0]), tx.init(jnp.zeros(2)))[0].round(3)
        Array([-0.1,  0.1], dtype=float32)
    """
    owner = "dadaptation.DAdaptAdaGrad"
    check(owner, lr, d0, eps=eps, weight_decay=weight_decay)
    if momentum is not None:
        checks.schedulable(checks.below_one, owner, momentum=momentum)
    return dadapt_adagrad(
        lr, momentum=momentum, eps=eps, d0=d0, growth_limit=limit(owner, growth_rate), weight_decay=weight_decay,
        decay_coupling="gradients",
    )  # fmt: skip


@lift
def DAdaptLion(
    lr: optax.ScalarOrSchedule = 1.0,
    betas: tuple[Number, Number] = (0.9, 0.99),
    weight_decay: Number | None = None,
    *,
    d0: Number = 1e-6,
) -> optax.GradientTransformationExtraArgs:
    """Lion at the rate `d * lr`; experimental, say its authors.

    Args:
        lr: What `d` is multiplied by, a number >= 0 or a schedule.
        betas: Weight of the momentum in the direction, in [0, 1), and its decay, in (0, 1), or schedules.
        weight_decay: Strength of the decay, times `d * lr`, >= 0, or a schedule. None: the package's 0.
        d0: The first `d`, > 0.

    Returns:
        An optimizer; `optimizers.dadapt_lion`.

    Raises:
        ValueError: A number is outside its range.
        TypeError: `lr` is neither a number nor a schedule.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = DAdaptLion(d0=0.1)
        >>> tx.update(jnp.array([3.0, -4.0]), tx.init(jnp.zeros(2)))[0]
        Array([-0.1,  0.1], dtype=float32)
    """
    check("dadaptation.DAdaptLion", lr, d0, weight_decay=weight_decay)
    b1, b2 = decays("dadaptation.DAdaptLion", betas)
    return dadapt_lion(lr, b1=b1, b2=b2, d0=d0, weight_decay=weight_decay)
