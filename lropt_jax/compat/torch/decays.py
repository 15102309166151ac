"""Schedulers that multiply the rate by a falling or rising factor."""

from collections.abc import Sequence
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.typing import ArrayLike
from typing_extensions import TypeAliasType

from lropt_jax._core.curves import between
from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import Fraction, Height, Positive, Range, Steps, nonnegative
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import passed, raised, real
from lropt_jax.schedules import exponential, polynomial, step_decay

Milestones = TypeAliasType(
    "Milestones", Annotated[Sequence[ArrayLike] | jax.Array | np.ndarray, nonnegative, "steps, in any order"]
)
Part = TypeAliasType("Part", Annotated[ArrayLike, Range(0, 1, low_open=True), "a share, not nothing"])


@lift
def StepLR(base_lr: Height, step_size: Steps, gamma: Positive = 0.1) -> optax.Schedule:
    """Multiply by `gamma` after every `step_size` steps: `base_lr gamma^floor(t / step_size)`.

    Args:
        base_lr: The optimizer's rate, >= 0.
        step_size: Steps between drops, > 0.
        gamma: The factor, > 0.

    Returns:
        A schedule: `schedules.step_decay`.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> StepLR(1.0, 2, gamma=0.5)(jnp.arange(5))
        Array([1.  , 1.  , 0.5 , 0.5 , 0.25], dtype=float32)
    """
    return step_decay(base_lr, step_size, decay=gamma)


@lift
def MultiStepLR(base_lr: Height, milestones: Milestones, gamma: Positive = 0.1) -> optax.Schedule:
    """Multiply by `gamma` at each milestone: `base_lr gamma^#{m in milestones: m <= t}`.

    As in PyTorch the order does not matter, a milestone given twice counts twice, and one at 0 counts from the start.

    Args:
        base_lr: The optimizer's rate, >= 0.
        milestones: Steps in any order, each >= 0.
        gamma: The factor, > 0.

    Returns:
        A schedule: `schedules.milestones`.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> MultiStepLR(1.0, [3, 2], gamma=0.5)(jnp.arange(5))
        Array([1.  , 1.  , 0.5 , 0.25, 0.25], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        return real(base_lr) * raised(gamma, passed(milestones, step))

    return with_end(schedule, jnp.max(jnp.asarray(milestones), initial=0))


@lift
def ConstantLR(base_lr: Height, factor: Part = 1 / 3, total_iters: Steps = 5) -> optax.Schedule:
    """Multiply by `factor` for `total_iters` steps, then no more.

    PyTorch takes two arguments that this refuses: with `total_iters=0` it keeps the factor for ever, and with
    `factor=0` it divides by 0 at the end.

    Args:
        base_lr: The optimizer's rate, >= 0.
        factor: The factor, in (0, 1].
        total_iters: Steps with the factor, > 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> ConstantLR(1.0, 0.5, 2)(jnp.arange(4))
        Array([0.5, 0.5, 1. , 1. ], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        return real(base_lr) * jnp.where(jnp.asarray(step) < total_iters, real(factor), 1)

    return with_end(schedule, total_iters)


@lift
def LinearLR(
    base_lr: Height, start_factor: Part = 1 / 3, end_factor: Fraction = 1.0, total_iters: Steps = 5
) -> optax.Schedule:
    """Multiply by a factor that goes straight from `start_factor` to `end_factor` over `total_iters` steps, and stays.

    PyTorch takes `total_iters=0` and stays at the first rate; this refuses it.

    Args:
        base_lr: The optimizer's rate, >= 0.
        start_factor: The first factor, in (0, 1].
        end_factor: The last factor, in [0, 1].
        total_iters: Steps from the first to the last, > 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> LinearLR(1.0, 0.5, total_iters=2)(jnp.arange(4))
        Array([0.5 , 0.75, 1.  , 1.  ], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        return real(base_lr) * between(step, start_factor, end_factor, total_iters)

    return with_end(schedule, total_iters)


@lift
def ExponentialLR(base_lr: Height, gamma: Positive) -> optax.Schedule:
    """Multiply by `gamma` at every step: `base_lr gamma^t`.

    Args:
        base_lr: The optimizer's rate, >= 0.
        gamma: The factor, > 0.

    Returns:
        A schedule: `schedules.exponential` with `steps=1`.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> ExponentialLR(1.0, 0.5)(3)
        Array(0.125, dtype=float32)
    """
    return exponential(base_lr, 1, decay=gamma)


@lift
def PolynomialLR(base_lr: Height, total_iters: Steps = 5, power: Positive = 1.0) -> optax.Schedule:
    """Fall to 0 over `total_iters` steps: `base_lr (1 - min(t / total_iters, 1))^power`.

    PyTorch takes `total_iters=0` and stays at the first rate; this refuses it.

    Args:
        base_lr: The optimizer's rate, >= 0.
        total_iters: Steps of the fall, > 0.
        power: The exponent, > 0.

    Returns:
        A schedule: `schedules.polynomial`.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> PolynomialLR(1.0, 4, power=2.0)(jnp.arange(5))
        Array([1.    , 0.5625, 0.25  , 0.0625, 0.    ], dtype=float32)
    """
    return polynomial(base_lr, total_iters, power=power)
