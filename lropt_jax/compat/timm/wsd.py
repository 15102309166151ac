"""timm's warmup, stable, decay."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.curves import fall, lack
from lropt_jax._core.ends import ending
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import minus, progress, real, remaining
from lropt_jax.compat.timm.warmup import check_common, warmed

_STABLE = ("constant", "rsqrt", "power")
_DECAY = ("linear", "1-sqrt", "cosine", "power", "exp")


@lift
def WSDLRScheduler(
    base_lr: ArrayLike,
    t_initial: ArrayLike,
    decay_t: ArrayLike,
    lr_min: ArrayLike = 0.0,
    stable_fn: str = "constant",
    stable_timescale: ArrayLike | None = None,
    stable_power: ArrayLike = 0.5,
    decay_fn: str | Callable[[Any], Any] = "1-sqrt",
    decay_power: ArrayLike = 0.5,
    decay_ratio: ArrayLike = 0.1,
    warmup_t: ArrayLike = 0,
    warmup_lr_init: ArrayLike = 0.0,
    t_in_epochs: bool = True,
    noise_range_t: Any = None,
    noise_pct: ArrayLike = 0.67,
    noise_std: ArrayLike = 1.0,
    noise_seed: ArrayLike = 42,
    initialize: bool = True,
) -> optax.Schedule:
    """Rise in a straight line, stay or fall slowly, and fall to `lr_min` over the last `decay_t` steps.

    With `s = t - warmup_t` and `u = (s - t_initial + decay_t) / decay_t`, kept within [0, 1], the rate after the rise
    is `lr_min + (max(base_lr stable(s), lr_min) - lr_min) decay(u)`, where

    * `stable(s)` is 1 (constant), `(1 + s / stable_timescale)^-0.5` (rsqrt) or the same to `-stable_power` (power)
    * `decay(u)` is `1 - u` (linear), `1 - sqrt(u)` (1-sqrt), `(1 + cos(pi u)) / 2` (cosine), `1 - u^decay_power`
      (power), `(decay_ratio^u - decay_ratio) / (1 - decay_ratio)` (exp), or a function

    The rise is not part of `t_initial`: `lr_min` is reached at `warmup_t + t_initial`, one step after the last of the
    run. A stable part that falls goes on falling within the tail.

    Args:
        base_lr: The optimizer's rate, >= 0.
        t_initial: Length of the stable part and the tail in steps, > 0.
        decay_t: Length of the tail in steps, > 0 and at most `t_initial`.
        lr_min: The rate at the end, >= 0.
        stable_fn: `"constant"`, `"rsqrt"` or `"power"`.
        stable_timescale: Steps over which the stable part falls, > 0. None: `warmup_t`.
        stable_power: > 0.
        decay_fn: `"linear"`, `"1-sqrt"`, `"cosine"`, `"power"`, `"exp"`, or a function of `u` in jax.numpy.
        decay_power: > 0.
        decay_ratio: In (0, 1).
        warmup_t: Length of the rise in steps, >= 0.
        warmup_lr_init: The first rate of the rise, >= 0.
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
        >>> WSDLRScheduler(1.0, 6, 4, decay_fn="linear", warmup_t=2)(jnp.arange(9))
        Array([0.  , 0.5 , 1.  , 1.  , 1.  , 0.75, 0.5 , 0.25, 0.  ], dtype=float32)
    """
    owner, timescale = "timm.WSDLRScheduler", warmup_t if stable_timescale is None else stable_timescale
    check_common(owner, base_lr, warmup_t, warmup_lr_init, noise_range_t)
    checks.nonnegative(owner, lr_min=lr_min)
    checks.positive(owner, decay_t=decay_t, stable_power=stable_power, decay_power=decay_power)
    checks.at_least(owner, decay_t, "decay_t", t_initial=t_initial)
    checks.inside(owner, 0, 1, decay_ratio=decay_ratio)
    checks.one_of(owner, _STABLE, stable_fn=stable_fn)
    if stable_fn != "constant":
        checks.positive(owner, stable_timescale=timescale)
    if not callable(decay_fn):
        checks.one_of(owner, _DECAY, decay_fn=decay_fn)

    def curve(step: ArrayLike) -> jax.Array:
        into = minus(step, minus(t_initial, decay_t))
        power = real(0.5 if stable_fn == "rsqrt" else stable_power)
        falling = 1 if stable_fn == "constant" else (1 + real(step) / real(timescale)) ** -power
        stable, bottom = jnp.maximum(real(base_lr) * falling, real(lr_min)), real(lr_min)
        tail = _tail(decay_fn, progress(into, decay_t), remaining(into, decay_t), decay_power, decay_ratio)
        return jnp.where(into > 0, bottom + (stable - bottom) * tail, stable)

    settles = stable_fn == "constant" or not callable(decay_fn)
    return warmed(ending(curve, t_initial if settles else None), base_lr, warmup_t, warmup_lr_init, True, base_lr)


def _tail(
    shape: str | Callable[[Any], Any], over: jax.Array, left: jax.Array, power: ArrayLike, ratio: ArrayLike
) -> jax.Array:
    """From 1 to 0."""
    if callable(shape):
        return real(shape(over))
    match shape:
        case "1-sqrt":
            return lack(over, left, 0.5)
        case "power":
            return lack(over, left, power)
        case "exp":
            return fall("exponential", left, ratio=ratio)
    return fall(shape, left)
