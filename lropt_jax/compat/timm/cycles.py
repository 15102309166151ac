"""Cycles one after another."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import AtLeastOne, Height, Positive, Steps, StepsFromZero
from lropt_jax._core.numbers import count, raised, real
from lropt_jax._core.periods import geometric, period
from lropt_jax._core.relations import at_least
from lropt_jax.compat.timm.warmup import warmed


def cycled(
    weights: Callable[[jax.Array, jax.Array], tuple[jax.Array, jax.Array]],
    base_lr: Height,
    t_initial: Steps,
    lr_min: Height,
    cycle_mul: Positive,
    cycle_decay: Positive,
    cycle_limit: AtLeastOne,
    warmup_t: StepsFromZero,
    warmup_lr_init: Height,
    warmup_prefix: bool,
    rise_to_curve: bool = False,
) -> optax.Schedule:
    """A mean of `base_lr cycle_decay^i` and `lr_min` in cycle `i`, then `lr_min`.

    `weights` takes the shares of the cycle that are over and left, and gives the weights of both rates, exact near 0.
    """

    def curve(step: ArrayLike) -> jax.Array:
        index, over, left = period(step, count(t_initial), cycle_mul, count(cycle_limit))
        top, bottom = weights(over, left)
        rate = real(base_lr) * raised(cycle_decay, index) * top + real(lr_min) * bottom
        return jnp.where(index < real(cycle_limit), rate, real(lr_min))

    top = curve(count(warmup_t)) if rise_to_curve and not warmup_prefix else base_lr
    return warmed(
        with_end(curve, length(t_initial, cycle_mul, cycle_limit)),
        base_lr,
        warmup_t,
        warmup_lr_init,
        warmup_prefix,
        top,
    )


def length(first: ArrayLike, ratio: ArrayLike, limit: ArrayLike) -> jax.Array:
    """The number of steps of all cycles together, at most 1e15."""
    return jnp.minimum(real(first) * geometric(real(ratio), jnp.ceil(real(limit)))[0], 1e15)


def cycles_outlast_warmup(
    t_initial: Steps, cycle_mul: Positive, cycle_limit: AtLeastOne, warmup_t: StepsFromZero, warmup_prefix: bool
) -> None:
    """Refuse a rise that takes the place of more steps than the cycles have."""
    if not warmup_prefix:
        at_least(warmup_t, "warmup_t", **{"length of all cycles": length(t_initial, cycle_mul, cycle_limit)})
