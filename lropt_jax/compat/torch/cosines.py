"""Schedulers that follow cosines."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.curves import between, wave
from lropt_jax._core.ends import ending
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax.schedules import cosine_restarts


@lift
def CosineAnnealingLR(base_lr: ArrayLike, T_max: ArrayLike, eta_min: ArrayLike = 0.0) -> optax.Schedule:
    """Swing between `base_lr` and `eta_min`: `eta_min + (base_lr - eta_min) (1 + cos(pi t / T_max)) / 2`.

    As in PyTorch the rate rises again after `T_max` and is back at `base_lr` after `2 T_max`: a run that is longer than
    `T_max` ends with large rates. `schedules.cosine` stays at its floor.

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
    checks.nonnegative("torch.CosineAnnealingLR", base_lr=base_lr, eta_min=eta_min)
    checks.positive("torch.CosineAnnealingLR", T_max=T_max)

    def schedule(step: ArrayLike) -> jax.Array:
        return real(eta_min) + (real(base_lr) - real(eta_min)) * wave(step, 2 * real(T_max))

    return schedule


@lift
def CosineAnnealingWarmRestarts(
    base_lr: ArrayLike, T_0: ArrayLike, T_mult: ArrayLike = 1, eta_min: ArrayLike = 0.0
) -> optax.Schedule:
    """Fall along half a cosine, jump back up, and again, each period `T_mult` times as long as the one before.

    `eta_min` is never quite reached: the last step of period `i` is at phase `(T_i - 1) / T_i`, the next one has
    `base_lr`. The restarts are those of PyTorch's `step()`; its `step(epoch)` misses some by rounding.

    Args:
        base_lr: The optimizer's rate, >= 0.
        T_0: Length of the first period in steps, > 0.
        T_mult: >= 1.
        eta_min: What every period falls towards, >= 0.

    Returns:
        A schedule; `schedules.cosine_restarts`.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> CosineAnnealingWarmRestarts(1.0, 1, T_mult=2)(jnp.array([0, 1, 2, 3, 5])).round(3)
        Array([1. , 1. , 0.5, 1. , 0.5], dtype=float32)
    """
    checks.nonnegative("torch.CosineAnnealingWarmRestarts", base_lr=base_lr, eta_min=eta_min)
    checks.positive("torch.CosineAnnealingWarmRestarts", T_0=T_0)
    checks.at_least("torch.CosineAnnealingWarmRestarts", 1, T_mult=T_mult)
    return cosine_restarts(base_lr, T_0, growth=T_mult, floor=eta_min)


@lift
def SWALR(
    base_lr: ArrayLike, swa_lr: ArrayLike, anneal_epochs: ArrayLike = 10, anneal_strategy: str = "cos"
) -> optax.Schedule:
    """Go from the optimizer's rate to `swa_lr` over `anneal_epochs` steps, and stay there for the averaging of weights.

    `base_lr + (swa_lr - base_lr) a(min(t / anneal_epochs, 1))` with `a(u) = (1 - cos(pi u)) / 2` or `u`; at once where
    `anneal_epochs` is 0. After another schedule, from the rate that it has reached at step `n`, it is
    `schedules.cooldown(schedule, n, anneal_epochs, shape="cosine", floor=swa_lr)`.

    Args:
        base_lr: The optimizer's rate, >= 0.
        swa_lr: The rate while averaging, >= 0.
        anneal_epochs: Steps on the way, >= 0.
        anneal_strategy: `"cos"` or `"linear"`.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> SWALR(1.0, 0.5, 2, anneal_strategy="linear")(jnp.arange(4))
        Array([1.  , 0.75, 0.5 , 0.5 ], dtype=float32)
    """
    checks.nonnegative("torch.SWALR", base_lr=base_lr, swa_lr=swa_lr, anneal_epochs=anneal_epochs)
    checks.one_of("torch.SWALR", ("cos", "linear"), anneal_strategy=anneal_strategy)
    shape = {"cos": "cosine"}.get(anneal_strategy, anneal_strategy)

    def schedule(step: ArrayLike) -> jax.Array:
        return between(step, base_lr, swa_lr, anneal_epochs, shape)

    return ending(schedule, anneal_epochs)
