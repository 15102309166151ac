"""timm's hyperbolic tangent."""

from typing import Any

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax.compat.timm.cycles import cycled


@lift
def TanhLRScheduler(
    base_lr: ArrayLike,
    t_initial: ArrayLike,
    lb: ArrayLike = -7.0,
    ub: ArrayLike = 3.0,
    lr_min: ArrayLike = 0.0,
    cycle_mul: ArrayLike = 1.0,
    cycle_decay: ArrayLike = 1.0,
    cycle_limit: ArrayLike = 1,
    warmup_t: ArrayLike = 0,
    warmup_lr_init: ArrayLike = 0.0,
    warmup_prefix: bool = False,
    t_in_epochs: bool = True,
    noise_range_t: Any = None,
    noise_pct: ArrayLike = 0.67,
    noise_std: ArrayLike = 1.0,
    noise_seed: ArrayLike = 42,
    initialize: bool = True,
) -> optax.Schedule:
    """Fall along a hyperbolic tangent in each of some cycles, then stay at `lr_min`; before it a straight rise.

    `rate(t) = lr_min + (base_lr cycle_decay^i - lr_min) (1 - tanh(lb (1 - u) + ub u)) / 2`, `u = c / T_i` and `c` steps
    into cycle `i` of length `T_i = t_initial cycle_mul^i`. For `t < warmup_t` it is a line from `warmup_lr_init`, which
    by default takes the place of the curve's first steps and aims at the curve's value at `warmup_t`, so that there is
    no jump; with `warmup_prefix` it aims at `base_lr`.

    A cycle ends above `lr_min`, to which the rate then drops. It begins exactly on its step, which timm may miss by
    rounding, as in `CosineLRScheduler`. The very first rate is `base_lr` and not the curve's.

    Args:
        base_lr: The optimizer's rate, >= 0.
        t_initial: Length of the first cycle in steps, > 0.
        lb: Argument of the tangent where a cycle begins.
        ub: Argument of the tangent where it ends, > `lb`.
        lr_min: The rate after the last cycle, >= 0.
        cycle_mul: Each cycle's length by that of the one before, > 0. Below 1 timm fails from step
            `t_initial / (1 - cycle_mul)` on.
        cycle_decay: Each cycle's top by that of the one before, > 0.
        cycle_limit: The number of cycles, >= 1.
        warmup_t: Length of the rise in steps, >= 0, and no longer than all cycles unless `warmup_prefix`.
        warmup_lr_init: The first rate of the rise, >= 0.
        warmup_prefix: Let the first cycle begin after the rise.
        t_in_epochs: Whether timm counts epochs or updates; a step is what it counts.
        noise_range_t: None; timm's noise comes from PyTorch's generator.
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
    checks.finite("timm.TanhLRScheduler", lb=lb)
    checks.above("timm.TanhLRScheduler", lb, "lb", ub=ub)

    def weights(over: jax.Array, left: jax.Array) -> tuple[jax.Array, jax.Array]:
        argument = 2 * (real(lb) * left + real(ub) * over)
        return jax.nn.sigmoid(-argument), jax.nn.sigmoid(argument)

    cycles = (t_initial, lr_min, cycle_mul, cycle_decay, cycle_limit)
    warmup = (warmup_t, warmup_lr_init, warmup_prefix)
    return cycled("timm.TanhLRScheduler", weights, base_lr, *cycles, *warmup, noise_range_t, rise_to_curve=True)
