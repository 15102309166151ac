"""PyTorch's optimizers that divide by the size of the gradients, and Rprop, which looks at their signs."""

from typing import Annotated

import jax
import optax
from jax.typing import ArrayLike
from typing_extensions import TypeAliasType

from lropt_jax._core.kinds import (
    Average,
    Epsilon,
    Momentum,
    NonNegative,
    PortedPlainRate,
    PortedRate,
    ProperFraction,
    Range,
    Role,
    Strength,
    positive,
)
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.relations import at_least
from lropt_jax.compat.torch.arguments import climbing, l2
from lropt_jax.optimizers import adadelta, adagrad, rmsprop, rprop

AboveOne = TypeAliasType("AboveOne", Annotated[ArrayLike, Range(1, low_open=True), "a factor that grows"])
FirstStep = TypeAliasType("FirstStep", Annotated[ArrayLike, positive, Role.PORTED_RATE, "a learning rate, read once"])


@lift
def Adagrad(
    lr: PortedPlainRate = 1e-2,
    lr_decay: NonNegative = 0.0,
    weight_decay: Strength | None = None,
    initial_accumulator_value: NonNegative = 0.0,
    eps: Epsilon = 1e-10,
    *,
    maximize: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """AdaGrad, at the rate `lr / (1 + lr_decay t)` for update `t`, counted from 0.

    Args:
        lr: A number >= 0 or a schedule.
        lr_decay: How fast the rate falls, besides the fall of AdaGrad's own steps, >= 0.
        weight_decay: Strength of L2, >= 0, or a schedule. None: no decay.
        initial_accumulator_value: The first value of the sum of squares, >= 0.
        eps: Added to the root, >= 0, or a schedule.
        maximize: Go up.

    Returns:
        An optimizer: `optimizers.adagrad`, with a decay that goes with the "gradients".

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = Adagrad(0.1)
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))[0].round(3)
        Array([-0.1,  0.1], dtype=float32)
    """

    def rate(step: ArrayLike) -> jax.Array:
        return value_at(lr, step) / (1 + real(lr_decay) * real(step))

    tx = adagrad(
        rate, eps=eps, initial_accumulator_value=initial_accumulator_value, weight_decay=l2(weight_decay)
    )  # fmt: skip
    return climbing(tx, maximize)


@lift
def Adadelta(
    lr: PortedRate = 1.0,
    rho: Average = 0.9,
    eps: Epsilon = 1e-6,
    weight_decay: Strength | None = None,
    *,
    maximize: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """AdaDelta, which sets its steps itself: `lr` multiplies them and is 1 by default.

    The first update is about `lr sqrt(eps / (1 - rho))`, 0.0032 by default, however large the gradients.

    Args:
        lr: A number >= 0, a schedule or a `Rate`.
        rho: Decay of both averages, in [0, 1), or a schedule.
        eps: Added inside both roots, >= 0, or a schedule.
        weight_decay: Strength of L2, >= 0, or a schedule. None: no decay.
        maximize: Go up.

    Returns:
        An optimizer: `optimizers.adadelta`, with a decay that goes with the "gradients".

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = Adadelta(rho=0.75)
        >>> tx.update(jnp.array([3.0, -2.0]), tx.init(jnp.zeros(2)))[0].round(4)
        Array([-0.002,  0.002], dtype=float32)
    """
    return climbing(adadelta(lr, decay=rho, eps=eps, weight_decay=l2(weight_decay)), maximize)


@lift
def RMSprop(
    lr: PortedRate = 1e-2,
    alpha: Average = 0.99,
    eps: Epsilon = 1e-8,
    weight_decay: Strength | None = None,
    momentum: Momentum | None = None,
    centered: bool = False,
    *,
    maximize: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """RMSprop.

    The average of squares starts at 0 and is not corrected: the first update is `lr / sqrt(1 - alpha)`, 10 times `lr`
    by default. PyTorch adds `eps` to the root, TensorFlow adds it inside the root.

    Args:
        lr: A number >= 0, a schedule or a `Rate`.
        alpha: Decay of the average of squares, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        weight_decay: Strength of L2, >= 0, or a schedule. None: no decay.
        momentum: The share that is kept, in [0, 1), or a schedule. None: no momentum.
        centered: Divide by the deviation of the gradients instead of their size.
        maximize: Go up.

    Returns:
        An optimizer: `optimizers.rmsprop`, with a decay that goes with the "gradients".

    Raises:
        ValueError: A number is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = RMSprop(0.1)
        >>> tx.update(jnp.array([3.0, -2.0]), tx.init(jnp.zeros(2)))[0].round(3)
        Array([-1.,  1.], dtype=float32)
    """
    tx = rmsprop(
        lr, decay=alpha, eps=eps, centered=centered, momentum=momentum, weight_decay=l2(weight_decay)
    )  # fmt: skip
    return climbing(tx, maximize)


@lift
def Rprop(
    lr: FirstStep = 1e-2,
    etas: tuple[ProperFraction, AboveOne] = (0.5, 1.2),
    step_sizes: tuple[NonNegative, NonNegative] = (1e-6, 50.0),
    *,
    maximize: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Rprop: each parameter has a step of its own, which grows while the sign of its gradient stays.

    PyTorch reads `lr` once, as the first step of every parameter: a scheduler does nothing there. Here `lr` takes no
    schedule; `optimizers.rprop` takes one.

    Args:
        lr: The first step, > 0.
        etas: How a step shrinks, in (0, 1), and grows, > 1.
        step_sizes: The smallest step and the largest, >= 0. A first step outside them is moved to the nearer one.
        maximize: Go up.

    Returns:
        An optimizer: `optimizers.rprop`, whose limits are in units of the rate.

    Raises:
        ValueError: A number is outside its range, or the largest step is below the smallest.
        TypeError: `lr` is a schedule.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = Rprop(0.1)
        >>> _, state = tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))
        >>> tx.update(jnp.array([5e-3, -1.0]), state)[0].round(3)
        Array([-0.12,  0.12], dtype=float32)
    """
    (shrink, grow), (low, high) = etas, step_sizes
    limits = {name: lambda step, limit=limit: real(limit) / real(lr) for name, limit in (("min", low), ("max", high))}
    tx = rprop(lr, eta_minus=shrink, eta_plus=grow, min_step=limits["min"], max_step=limits["max"])
    return climbing(tx, maximize)


@Rprop.requires
def _(step_sizes: tuple[NonNegative, NonNegative]) -> None:
    low, high = step_sizes
    at_least(low, "the smallest", step_sizes=high)
