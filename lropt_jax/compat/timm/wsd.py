"""timm's warmup, stable, decay."""

from collections.abc import Callable
from typing import Any, Literal

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.checking import check
from lropt_jax._core.curves import fall, lack
from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import Finite, Height, Positive, ProperFraction, Steps, StepsFromZero
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import minus, progress, real, remaining
from lropt_jax._core.relations import at_least
from lropt_jax.compat.timm.warmup import warmed, without_noise

Tail = Literal["linear", "1-sqrt", "cosine", "power", "exp"]


@lift
def WSDLRScheduler(
    base_lr: Height,
    t_initial: Steps,
    decay_t: Steps,
    lr_min: Height = 0.0,
    stable_fn: Literal["constant", "rsqrt", "power"] = "constant",
    stable_timescale: Steps | None = None,
    stable_power: Positive = 0.5,
    decay_fn: Tail | Callable[[Any], Any] = "1-sqrt",
    decay_power: Positive = 0.5,
    decay_ratio: ProperFraction = 0.1,
    warmup_t: StepsFromZero = 0,
    warmup_lr_init: Height = 0.0,
    t_in_epochs: bool = True,
    noise_range_t: Any = None,
    noise_pct: Finite = 0.67,
    noise_std: Finite = 1.0,
    noise_seed: Finite = 42,
    initialize: bool = True,
) -> optax.Schedule:
    """Rise in a straight line, stay or fall slowly, and fall to `lr_min` over the last `decay_t` steps.

    With `s = t - warmup_t` and `u = (s - t_initial + decay_t) / decay_t`, kept within [0, 1], the rate after the rise
    is `lr_min + (max(base_lr stable(s), lr_min) - lr_min) decay(u)`, where

    * `stable(s)` is 1 (constant), `(1 + s / stable_timescale)^-0.5` (rsqrt) or the same to `-stable_power` (power)
    * `decay(u)` is `1 - u` (linear), `1 - sqrt(u)` (1-sqrt), `(1 + cos(pi u)) / 2` (cosine), `1 - u^decay_power`
      (power), `(decay_ratio^u - decay_ratio) / (1 - decay_ratio)` (exp), or a function

    The rise is not part of `t_initial`: the rate is `lr_min` at step `warmup_t + t_initial`, one after the last step of
    the run. A stable part that falls goes on falling within the tail.

    Args:
        base_lr: The optimizer's rate, >= 0.
        t_initial: Length of the stable part and the tail in steps, > 0.
        decay_t: Length of the tail in steps, > 0 and at most `t_initial`.
        lr_min: The rate at the end, >= 0.
        stable_fn: `"constant"`, `"rsqrt"` or `"power"`.
        stable_timescale: Steps over which the stable part falls, > 0. None: `warmup_t`, which must be > 0 then if the
            stable part falls.
        stable_power: Exponent of a stable part that is "power", > 0.
        decay_fn: `"linear"`, `"1-sqrt"`, `"cosine"`, `"power"`, `"exp"`, or a function of `u` in jax.numpy.
        decay_power: Exponent of a tail that is "power", > 0.
        decay_ratio: Ratio of a tail that is "exp", in (0, 1).
        warmup_t: Length of the rise in steps, >= 0.
        warmup_lr_init: The first rate of the rise, >= 0.
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
        >>> WSDLRScheduler(1.0, 6, 4, decay_fn="linear", warmup_t=2)(jnp.arange(9))
        Array([0.  , 0.5 , 1.  , 1.  , 1.  , 0.75, 0.5 , 0.25, 0.  ], dtype=float32)
    """
    timescale = warmup_t if stable_timescale is None else stable_timescale

    def curve(step: ArrayLike) -> jax.Array:
        into = minus(step, minus(t_initial, decay_t))
        power = real(0.5 if stable_fn == "rsqrt" else stable_power)
        falling = 1 if stable_fn == "constant" else (1 + real(step) / real(timescale)) ** -power
        stable, bottom = jnp.maximum(real(base_lr) * falling, real(lr_min)), real(lr_min)
        tail = _tail(decay_fn, progress(into, decay_t), remaining(into, decay_t), decay_power, decay_ratio)
        return jnp.where(into > 0, bottom + (stable - bottom) * tail, stable)

    settles = stable_fn == "constant" or not callable(decay_fn)
    return warmed(with_end(curve, t_initial if settles else None), base_lr, warmup_t, warmup_lr_init, True, base_lr)


WSDLRScheduler.requires(without_noise)


@WSDLRScheduler.requires
def _(t_initial: Steps, decay_t: Steps, decay_fn: Tail | Callable[[Any], Any]) -> None:
    at_least(decay_t, "decay_t", t_initial=t_initial)
    if not callable(decay_fn):
        check("decay_fn", Tail, decay_fn)


@WSDLRScheduler.requires
def _(stable_fn: str, stable_timescale: Steps | None, warmup_t: StepsFromZero) -> None:
    if stable_fn != "constant" and stable_timescale is None:
        check("stable_timescale", Steps, warmup_t)


def _tail(
    shape: str | Callable[[Any], Any], over: jax.Array, left: jax.Array, power: Positive, ratio: ProperFraction
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
