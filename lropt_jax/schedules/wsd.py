"""Warmup, stable, decay."""

import optax

from lropt_jax._core import arrays as xp
from lropt_jax._core.curves import Fall
from lropt_jax._core.kinds import Height, Positive, ProperFraction, StepNumber, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import minus
from lropt_jax._core.relations import at_least
from lropt_jax.schedules.cooldown import cooldown
from lropt_jax.schedules.warmup import warmup


@lift
def wsd(
    peak: Height,
    steps: Steps,
    *,
    warmup_steps: StepNumber,
    cooldown_steps: Steps,
    shape: Fall = "linear",
    floor: Height = 0.0,
    power: Positive = 2.0,
    ratio: ProperFraction = 0.1,
) -> optax.Schedule:
    """Rise in a straight line, stay at `peak`, and fall to `floor` over the last `cooldown_steps` of the run.

    `rate(t) = peak min((t + 1) / warmup_steps, 1)` for `t < steps - cooldown_steps`, then the tail of `cooldown`
    (warmup-stable-decay, Hu et al. 2024, arXiv:2404.06395; the trapezoid of Zhai et al. 2022, arXiv:2106.04560).

    The run can go on from any checkpoint of its stable part, and a tail from that checkpoint gives a finished model
    (Hägele et al. 2024, arXiv:2405.18392). They also find that the best peak is about half of a cosine's. Compare runs
    only at the end of the tail. If you know the length and want one model, `linear` is as good or better.

    Args:
        peak: The rate of the stable part, >= 0.
        steps: Length of the whole run in updates, > 0.
        warmup_steps: Length of the rise in updates, >= 0.
        cooldown_steps: Length of the tail in updates, > 0. Rise and tail together are at most `steps` long.
        shape: Shape of the tail: `"linear"`, `"cosine"`, `"1-sqrt"`, `"exponential"` or `"polynomial"`.
        floor: The rate at the end and after it, >= 0.
        power: Exponent of the polynomial tail, > 0.
        ratio: `ratio` of the exponential tail, in (0, 1), as in `cooldown`.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> wsd(1.0, 8, warmup_steps=2, cooldown_steps=4)(jnp.arange(9))
        Array([0.5 , 1.  , 1.  , 1.  , 1.  , 0.75, 0.5 , 0.25, 0.  ], dtype=float32)
    """
    rise = warmup(peak, xp.maximum(warmup_steps, 1))  # a rise of 1 step is none
    start = minus(steps, cooldown_steps)
    return cooldown(rise, start, cooldown_steps, shape=shape, floor=floor, power=power, ratio=ratio)


@wsd.requires
def _(steps: Steps, warmup_steps: StepNumber, cooldown_steps: Steps) -> None:
    at_least(warmup_steps + cooldown_steps, "warmup_steps + cooldown_steps", steps=steps)
