"""PyTorch's optimizers that divide by the size of the gradients, and Rprop, which looks at their signs."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import at, real
from lropt_jax.compat.torch.arguments import Number, check, climbing, nonnegative, two
from lropt_jax.optimizers import adadelta, adagrad, rmsprop, rprop


@lift
def Adagrad(
    lr: optax.ScalarOrSchedule = 1e-2,
    lr_decay: ArrayLike = 0.0,
    weight_decay: Number | None = None,
    initial_accumulator_value: ArrayLike = 0.0,
    eps: Number = 1e-10,
    *,
    maximize: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """AdaGrad, at the rate `lr / (1 + lr_decay t)` for update `t`, counted from 0.

    Args:
        lr: A number >= 0 or a schedule.
        lr_decay: How fast the rate falls, on top of AdaGrad's own fall, >= 0.
        weight_decay: Strength of L2, >= 0, or a schedule. None: PyTorch's 0.
        initial_accumulator_value: Where the sum of squares begins, >= 0.
        eps: Added to the root, >= 0, or a schedule.
        maximize: Go up.

    Returns:
        An optimizer; `optimizers.adagrad`, with the decay of "gradients".

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = Adagrad(0.1)
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))[0].round(3)
        Array([-0.1,  0.1], dtype=float32)
    """
    nonnegative("torch.Adagrad", lr=lr, eps=eps, weight_decay=weight_decay)
    checks.nonnegative("torch.Adagrad", lr_decay=lr_decay, initial_accumulator_value=initial_accumulator_value)

    def rate(step: ArrayLike) -> jax.Array:
        return at(lr, step) / (1 + real(lr_decay) * real(step))

    tx = adagrad(
        rate, eps=eps, initial_accumulator_value=initial_accumulator_value, weight_decay=weight_decay,
        decay_coupling="gradients",
    )  # fmt: skip
    return climbing(tx, maximize)


@lift
def Adadelta(
    lr: optax.ScalarOrSchedule = 1.0,
    rho: Number = 0.9,
    eps: Number = 1e-6,
    weight_decay: Number | None = None,
    *,
    maximize: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """AdaDelta, which sets its steps itself: `lr` multiplies them and is 1 by default.

    The first updates are about `sqrt(eps)`, however large the gradients.

    Args:
        lr: A number >= 0, a schedule or a `Rate`.
        rho: Decay of both averages, in [0, 1), or a schedule.
        eps: Added inside both roots, >= 0, or a schedule.
        weight_decay: Strength of L2, >= 0, or a schedule. None: PyTorch's 0.
        maximize: Go up.

    Returns:
        An optimizer; `optimizers.adadelta`, with the decay of "gradients".

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = Adadelta(rho=0.75)
        >>> tx.update(jnp.array([3.0, -2.0]), tx.init(jnp.zeros(2)))[0].round(4)
        Array([-0.002,  0.002], dtype=float32)
    """
    check("torch.Adadelta", lr, eps=eps, weight_decay=weight_decay)
    checks.schedulable(checks.below_one, "torch.Adadelta", rho=rho)
    return climbing(adadelta(lr, decay=rho, eps=eps, weight_decay=weight_decay, decay_coupling="gradients"), maximize)


@lift
def RMSprop(
    lr: optax.ScalarOrSchedule = 1e-2,
    alpha: Number = 0.99,
    eps: Number = 1e-8,
    weight_decay: Number | None = None,
    momentum: Number | None = None,
    centered: bool = False,
    *,
    maximize: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """RMSprop.

    The average of squares starts at 0 and is not corrected: the first update is `lr / sqrt(1 - alpha)`, 10 times `lr`
    by default. `eps` is outside the root, inside in TensorFlow.

    Args:
        lr: A number >= 0, a schedule or a `Rate`.
        alpha: Decay of the average of squares, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        weight_decay: Strength of L2, >= 0, or a schedule. None: PyTorch's 0.
        momentum: In [0, 1), or a schedule. None: PyTorch's 0.
        centered: Divide by the deviation of the gradients instead of their size.
        maximize: Go up.

    Returns:
        An optimizer; `optimizers.rmsprop`, with the decay of "gradients".

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = RMSprop(0.1)
        >>> tx.update(jnp.array([3.0, -2.0]), tx.init(jnp.zeros(2)))[0].round(3)
        Array([-1.,  1.], dtype=float32)
    """
    check("torch.RMSprop", lr, eps=eps, weight_decay=weight_decay)
    checks.schedulable(checks.below_one, "torch.RMSprop", alpha=alpha)
    if momentum is not None:
        checks.schedulable(checks.below_one, "torch.RMSprop", momentum=momentum)
    tx = rmsprop(
        lr, decay=alpha, eps=eps, centered=centered, momentum=momentum, weight_decay=weight_decay,
        decay_coupling="gradients",
    )  # fmt: skip
    return climbing(tx, maximize)


@lift
def Rprop(
    lr: ArrayLike = 1e-2,
    etas: tuple[ArrayLike, ArrayLike] = (0.5, 1.2),
    step_sizes: tuple[ArrayLike, ArrayLike] = (1e-6, 50.0),
    *,
    maximize: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Rprop: each parameter has a step of its own, which grows while the sign of its gradient stays.

    PyTorch reads `lr` once, as the first step of every parameter: a scheduler does nothing there, and a schedule is
    refused here. `optimizers.rprop` takes one.

    Args:
        lr: The first step, > 0.
        etas: How a step shrinks, in (0, 1), and grows, > 1.
        step_sizes: The smallest step and the largest, >= 0. The first is brought between them.
        maximize: Go up.

    Returns:
        An optimizer; `optimizers.rprop`, whose limits are in units of the rate.

    Raises:
        ValueError: A number is outside its range.
        TypeError: `lr` is a schedule.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = Rprop(0.1)
        >>> _, state = tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))
        >>> tx.update(jnp.array([5e-3, -1.0]), state)[0].round(3)
        Array([-0.12,  0.12], dtype=float32)
    """
    if callable(lr):
        raise TypeError(f"torch.Rprop: lr must be a number, got {lr!r}; use lropt_jax.optimizers.rprop.")
    checks.positive("torch.Rprop", lr=lr)
    shrink, grow = two("torch.Rprop", "etas", etas)
    checks.inside("torch.Rprop", 0, 1, etas=shrink)
    checks.above("torch.Rprop", 1, "1", etas=grow)
    low, high = two("torch.Rprop", "step_sizes", step_sizes)
    checks.nonnegative("torch.Rprop", step_sizes=low)
    checks.at_least("torch.Rprop", low, "the smallest", step_sizes=high)
    limits = {name: lambda step, limit=limit: real(limit) / real(lr) for name, limit in (("min", low), ("max", high))}
    tx = rprop(lr, eta_minus=shrink, eta_plus=grow, min_step=limits["min"], max_step=limits["max"])
    return climbing(tx, maximize)
