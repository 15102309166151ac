"""timm's hyperbolic tangent."""

from typing import Any

import jax
import optax

from lropt_jax._core.kinds import AtLeastOne, Finite, Height, Positive, Steps, StepsFromZero
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax._core.relations import above
from lropt_jax.compat.timm.cycles import cycled, cycles_outlast_warmup
from lropt_jax.compat.timm.warmup import without_noise


@lift
def TanhLRScheduler(
    base_lr: Height,
    t_initial: Steps,
    lb: Finite = -7.0,
    ub: Finite = 3.0,
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
    initialize: bool = True,
) -> optax.Schedule:
    """Fall along a hyperbolic tangent in each of some cycles, then stay at `lr_min`; before it a straight rise.

    `rate(t) = lr_min + (base_lr cycle_decay^i - lr_min) (1 - tanh(lb (1 - u) + ub u)) / 2`, `u = c / T_i` and `c` steps
    into cycle `i` of length `T_i = t_initial cycle_mul^i`. For `t < warmup_t` it is a line from `warmup_lr_init`. By
    default this line takes the place of the curve's first steps. It ends at the curve's value at `warmup_t`, so the
    rate does not jump. With `warmup_prefix` it ends at `base_lr`.

    A cycle ends above `lr_min`; after the last one the rate drops to `lr_min`. Every cycle begins exactly on its step;
    timm may miss it by rounding, as in `CosineLRScheduler`. The very first rate is `base_lr`, not the curve's.

    Args:
        base_lr: The optimizer's rate, >= 0.
        t_initial: Length of the first cycle in steps, > 0.
        lb: Argument of the tangent at the begin of a cycle.
        ub: Argument of the tangent at the end of a cycle, > `lb`.
        lr_min: The rate after the last cycle, >= 0.
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
        initialize: Without effect.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range, or there is noise.

    Example:
        >>> import jax.numpy as jnp
        >>> TanhLRScheduler(1.0, 10)(jnp.array([0, 7, 9, 10])).round(3)
        Array([1.   , 0.5  , 0.018, 0.   ], dtype=float32)
    """

    def weights(over: jax.Array, left: jax.Array) -> tuple[jax.Array, jax.Array]:
        argument = 2 * (real(lb) * left + real(ub) * over)
        return jax.nn.sigmoid(-argument), jax.nn.sigmoid(argument)

    cycles = (t_initial, lr_min, cycle_mul, cycle_decay, cycle_limit)
    warmup = (warmup_t, warmup_lr_init, warmup_prefix)
    return cycled(weights, base_lr, *cycles, *warmup, rise_to_curve=True)


TanhLRScheduler.requires(without_noise)
TanhLRScheduler.requires(cycles_outlast_warmup)


@TanhLRScheduler.requires
def _(lb: Finite, ub: Finite) -> None:
    above(lb, "lb", ub=ub)
