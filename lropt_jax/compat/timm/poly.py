"""timm's polynomial."""

from typing import Any

import jax
import optax

from lropt_jax._core.curves import fall, lack
from lropt_jax._core.kinds import AtLeastOne, Finite, Height, NonNegative, Positive, Steps, StepsFromZero
from lropt_jax._core.lifting import lift
from lropt_jax.compat.timm.cycles import cycled, cycles_outlast_warmup
from lropt_jax.compat.timm.warmup import without_noise


@lift
def PolyLRScheduler(
    base_lr: Height,
    t_initial: Steps,
    power: NonNegative = 0.5,
    lr_min: Height = 0.0,
    cycle_mul: Positive = 1.0,
    cycle_decay: Positive = 1.0,
    cycle_limit: AtLeastOne = 1,
    warmup_t: StepsFromZero = 0,
    warmup_lr_init: Height = 0.0,
    warmup_prefix: bool = False,
    t_in_epochs: bool = True,
    noise_range_t: Any = None,
    noise_pct: Finite = 0.67,
    noise_std: Finite = 1.0,
    noise_seed: Finite = 42,
    k_decay: Positive = 1.0,
    initialize: bool = True,
) -> optax.Schedule:
    """Fall as a power of what is left in each of some cycles, then stay at `lr_min`; before it a straight rise.

    `rate(t) = lr_min + (base_lr cycle_decay^i - lr_min) (1 - (c / T_i)^k_decay)^power`, `c` steps into cycle `i` of
    length `T_i = t_initial cycle_mul^i`. For `t < warmup_t` it is a line from `warmup_lr_init` to `base_lr`. By default
    this line takes the place of the curve's first steps, and at its end the rate jumps down to the curve.

    Every cycle begins exactly on its step; timm may miss it by rounding, as in `CosineLRScheduler`. The default power
    is timm's own; most other libraries have 1.

    Args:
        base_lr: The optimizer's rate, >= 0.
        t_initial: Length of the first cycle in steps, > 0.
        power: Exponent of what is left, >= 0.
        lr_min: The rate at the end, >= 0.
        cycle_mul: The length of each cycle divided by the length of the one before, > 0. Below 1 timm fails from step
            `t_initial / (1 - cycle_mul)` on.
        cycle_decay: The top of each cycle divided by the top of the one before, > 0.
        cycle_limit: The number of cycles, >= 1. A part of one counts as a whole one.
        warmup_t: Length of the rise in steps, >= 0. Without `warmup_prefix` at most the length of all cycles.
        warmup_lr_init: The first rate of the rise, >= 0.
        warmup_prefix: Begin the first cycle after the rise.
        t_in_epochs: Without effect. A step here is what timm counts, an epoch or an update.
        noise_range_t: None: off. timm draws its noise from PyTorch's generator, so nothing else is accepted.
        noise_pct: Without effect.
        noise_std: Without effect.
        noise_seed: Without effect.
        k_decay: Power of the time within a cycle, > 0 (arXiv:2004.05909).
        initialize: Without effect.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range, or there is noise.

    Example:
        >>> import jax.numpy as jnp
        >>> PolyLRScheduler(1.0, 4, power=2.0)(jnp.arange(6)).round(4)
        Array([1.    , 0.5625, 0.25  , 0.0625, 0.    , 0.    ], dtype=float32)
    """

    def weights(over: jax.Array, left: jax.Array) -> tuple[jax.Array, jax.Array]:
        rest, gone = lack(over, left, k_decay), fall("polynomial", over, power=k_decay)
        return fall("polynomial", rest, power=power), lack(rest, gone, power)

    cycles = (t_initial, lr_min, cycle_mul, cycle_decay, cycle_limit)
    warmup = (warmup_t, warmup_lr_init, warmup_prefix)
    return cycled(weights, base_lr, *cycles, *warmup)


PolyLRScheduler.requires(without_noise)
PolyLRScheduler.requires(cycles_outlast_warmup)
