"""Optax's cosines."""

import itertools
from collections.abc import Mapping, Sequence

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.curves import fall, half_cosine, lack
from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import Height, NonNegative, Positive, Steps, StepsFromZero
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import minus, plus, progress, real, remaining
from lropt_jax._core.refusal import Refused
from lropt_jax._core.relations import above
from lropt_jax._core.rises import with_rise
from lropt_jax.schedules import join


@lift
def cosine_decay_schedule(
    init_value: Height, decay_steps: Steps, alpha: NonNegative = 0.0, exponent: Positive = 1.0
) -> optax.Schedule:
    """Fall along a power of half a cosine from `init_value` to `alpha init_value` over `decay_steps`, and stay.

    `rate(t) = init_value (alpha + (1 - alpha) ((1 + cos(pi min(t / decay_steps, 1))) / 2)^exponent)`. An exponent
    of 0 or less is refused here. Optax takes it: with 0 the rate stays at `init_value`, below 0 it has no bound.

    Args:
        init_value: The first rate, >= 0.
        decay_steps: Length of the fall in steps, > 0.
        alpha: The last rate divided by the first, >= 0. Above 1 the rate rises.
        exponent: Power of the cosine, > 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> cosine_decay_schedule(1.0, 2, 0.5)(jnp.arange(4))
        Array([1.  , 0.75, 0.5 , 0.5 ], dtype=float32)
    """
    return _fall(init_value, real(alpha) * real(init_value), decay_steps, exponent)


@lift
def warmup_cosine_decay_schedule(
    init_value: Height,
    peak_value: Height,
    warmup_steps: StepsFromZero,
    decay_steps: Steps,
    end_value: Height = 0.0,
    exponent: Positive = 1.0,
) -> optax.Schedule:
    """Go straight from `init_value` to `peak_value`, then along a power of half a cosine to `end_value`, and stay.

    The rise is part of `decay_steps`: the fall takes `decay_steps - warmup_steps`, along
    `end_value + (peak_value - end_value) ((1 + cos(pi u)) / 2)^exponent`. With a peak of 0 the rate is 0 after the
    rise, whatever `end_value` is. An exponent of 0 or less is refused, as in `cosine_decay_schedule`.

    Args:
        init_value: The first rate, >= 0. At 0 the first update does nothing.
        peak_value: The rate at step `warmup_steps`, >= 0.
        warmup_steps: Length of the rise in steps, >= 0.
        decay_steps: Length of rise and fall together in steps, > 0 and > `warmup_steps`.
        end_value: The rate at the end and after it, >= 0.
        exponent: Power of the cosine, > 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> warmup_cosine_decay_schedule(0.0, 1.0, 2, 4)(jnp.arange(6)).round(4)
        Array([0. , 0.5, 1. , 0.5, 0. , 0. ], dtype=float32)
    """
    last = jnp.where(real(peak_value) > 0, real(end_value), 0)
    curve = _fall(peak_value, last, minus(decay_steps, warmup_steps), exponent)
    return with_rise(curve, init_value, peak_value, warmup_steps)


@warmup_cosine_decay_schedule.requires
def _(warmup_steps: StepsFromZero, decay_steps: Steps) -> None:
    above(warmup_steps, "warmup_steps", decay_steps=decay_steps)


@lift
def sgdr_schedule(cosine_kwargs: Sequence[Mapping[str, ArrayLike]]) -> optax.Schedule:
    """Follow one `warmup_cosine_decay_schedule` after another, each for its `decay_steps`; the last stays at its end.

    Args:
        cosine_kwargs: The arguments of each by name; at least one.

    Returns:
        A schedule; `schedules.join`.

    Raises:
        ValueError: There is no dict, or an argument is outside its range.
        TypeError: `cosine_kwargs` is no list of dicts, or an argument is missing.

    Example:
        >>> import jax.numpy as jnp
        >>> cycle = {"init_value": 0.0, "peak_value": 1.0, "warmup_steps": 1, "decay_steps": 3}
        >>> sgdr_schedule([cycle, cycle | {"peak_value": 0.5}])(jnp.arange(7)).round(4)
        Array([0.  , 1.  , 0.5 , 0.  , 0.5 , 0.25, 0.  ], dtype=float32)
    """
    cycles = [warmup_cosine_decay_schedule(**kwargs) for kwargs in cosine_kwargs]
    ends = list(itertools.accumulate((kwargs["decay_steps"] for kwargs in cosine_kwargs), plus))
    return join(cycles, ends[:-1])


@sgdr_schedule.requires
def _(cosine_kwargs: Sequence[Mapping[str, ArrayLike]]) -> None:
    if not cosine_kwargs:
        raise Refused(f"cosine_kwargs must be a list of dicts, got {cosine_kwargs!r}.")


def _fall(first: Height, last: Height, steps: Steps, exponent: Positive) -> optax.Schedule:
    def schedule(step: ArrayLike) -> jax.Array:
        left, over = half_cosine(remaining(step, steps)), half_cosine(progress(step, steps))
        return real(first) * fall("polynomial", left, power=exponent) + real(last) * lack(left, over, exponent)

    return with_end(schedule, steps)
