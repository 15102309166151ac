"""Schedulers that follow cosines."""

from typing import Literal

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core.curves import between, wave
from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import AtLeastOne, Height, Steps, StepsFromZero
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax.schedules import cosine_restarts


@lift
def CosineAnnealingLR(base_lr: Height, T_max: Steps, eta_min: Height = 0.0) -> optax.Schedule:
    """Swing between `base_lr` and `eta_min`: `eta_min + (base_lr - eta_min) (1 + cos(pi t / T_max)) / 2`.

    As in PyTorch the rate rises again after `T_max` and is back at `base_lr` after `2 T_max`: a run longer than `T_max`
    may end at a large rate. `schedules.cosine` stays at its floor.

    Args:
        base_lr: The optimizer's rate, >= 0.
        T_max: Steps from the top to the bottom, > 0.
        eta_min: The rate at the bottom, >= 0; it may be above `base_lr`.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> CosineAnnealingLR(1.0, 2)(jnp.arange(5)).round(3)
        Array([1. , 0.5, 0. , 0.5, 1. ], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        return real(eta_min) + (real(base_lr) - real(eta_min)) * wave(step, T_max)

    return schedule


@lift
def CosineAnnealingWarmRestarts(
    base_lr: Height, T_0: Steps, T_mult: AtLeastOne = 1, eta_min: Height = 0.0
) -> optax.Schedule:
    """Fall along half a cosine, jump back up, and again, each period `T_mult` times as long as the one before.

    The rate never quite reaches `eta_min`: the last step of period `i` is at phase `(T_i - 1) / T_i`, and the next step
    has `base_lr`. The restarts are those of PyTorch's `step()`; its `step(epoch)` misses some by rounding.

    Args:
        base_lr: The optimizer's rate, >= 0.
        T_0: Length of the first period in steps, > 0.
        T_mult: Length of each period by that of the one before, >= 1.
        eta_min: The rate at the foot of every period, >= 0.

    Returns:
        A schedule: `schedules.cosine_restarts`.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> CosineAnnealingWarmRestarts(1.0, 1, T_mult=2)(jnp.array([0, 1, 2, 3, 5])).round(3)
        Array([1. , 1. , 0.5, 1. , 0.5], dtype=float32)
    """
    return cosine_restarts(base_lr, T_0, growth=T_mult, floor=eta_min)


@lift
def SWALR(
    base_lr: Height,
    swa_lr: Height,
    anneal_epochs: StepsFromZero = 10,
    anneal_strategy: Literal["cos", "linear"] = "cos",
) -> optax.Schedule:
    """Go from the optimizer's rate to `swa_lr` over `anneal_epochs` steps, and stay there for the averaging of weights.

    `base_lr + (swa_lr - base_lr) a(min(t / anneal_epochs, 1))` with `a(u) = (1 - cos(pi u)) / 2` for "cos" and
    `a(u) = u` for "linear". With `anneal_epochs=0` it is at `swa_lr` at once. To go on from the rate of another
    schedule at step `n`, use `schedules.cooldown(schedule, n, anneal_epochs, shape="cosine", floor=swa_lr)`.

    Args:
        base_lr: The optimizer's rate, >= 0.
        swa_lr: The rate while averaging, >= 0.
        anneal_epochs: Steps from the one rate to the other, >= 0.
        anneal_strategy: "cos" or "linear": the shape of the way.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> SWALR(1.0, 0.5, 2, anneal_strategy="linear")(jnp.arange(4))
        Array([1.  , 0.75, 0.5 , 0.5 ], dtype=float32)
    """
    shape = "cosine" if anneal_strategy == "cos" else "linear"

    def schedule(step: ArrayLike) -> jax.Array:
        return between(step, base_lr, swa_lr, anneal_epochs, shape)

    return with_end(schedule, anneal_epochs)
