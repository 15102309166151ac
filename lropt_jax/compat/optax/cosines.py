"""Optax's cosines."""

import itertools
from collections.abc import Mapping, Sequence

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.curves import fall, half_cosine, lack
from lropt_jax._core.ends import ending
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import minus, plus, progress, real, remaining
from lropt_jax._core.rises import risen
from lropt_jax.schedules import join


@lift
def cosine_decay_schedule(
    init_value: ArrayLike, decay_steps: ArrayLike, alpha: ArrayLike = 0.0, exponent: ArrayLike = 1.0
) -> optax.Schedule:
    """Fall along a power of half a cosine from `init_value` to `alpha init_value` over `decay_steps`, and stay.

    `rate(t) = init_value (alpha + (1 - alpha) ((1 + cos(pi min(t / decay_steps, 1))) / 2)^exponent)`. Optax takes an
    exponent of 0, which stays at `init_value`, or below, which has no end; they are refused here.

    Args:
        init_value: The first rate, >= 0.
        decay_steps: Length of the fall in steps, > 0.
        alpha: The last rate by the first, >= 0. Above 1 the rate rises.
        exponent: > 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> cosine_decay_schedule(1.0, 2, 0.5)(jnp.arange(4))
        Array([1.  , 0.75, 0.5 , 0.5 ], dtype=float32)
    """
    checks.nonnegative("optax.cosine_decay_schedule", init_value=init_value, alpha=alpha)
    checks.positive("optax.cosine_decay_schedule", decay_steps=decay_steps, exponent=exponent)
    return _fall(init_value, real(alpha) * real(init_value), decay_steps, exponent)


@lift
def warmup_cosine_decay_schedule(
    init_value: ArrayLike,
    peak_value: ArrayLike,
    warmup_steps: ArrayLike,
    decay_steps: ArrayLike,
    end_value: ArrayLike = 0.0,
    exponent: ArrayLike = 1.0,
) -> optax.Schedule:
    """Go straight from `init_value` to `peak_value`, then along a power of half a cosine to `end_value`, and stay.

    The rise is part of `decay_steps`: the fall takes `decay_steps - warmup_steps`, along
    `end_value + (peak_value - end_value) ((1 + cos(pi u)) / 2)^exponent`. With a peak of 0 all is 0 after the rise,
    `end_value` too. An exponent of 0 or less is refused, as in `cosine_decay_schedule`.

    Args:
        init_value: The first rate, >= 0. At 0 the first update does nothing.
        peak_value: The rate at step `warmup_steps`, >= 0.
        warmup_steps: Length of the rise in steps, >= 0.
        decay_steps: Length of rise and fall together in steps, > `warmup_steps`.
        end_value: The rate at the end and after it, >= 0.
        exponent: > 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> warmup_cosine_decay_schedule(0.0, 1.0, 2, 4)(jnp.arange(6)).round(4)
        Array([0. , 0.5, 1. , 0.5, 0. , 0. ], dtype=float32)
    """
    owner = "optax.warmup_cosine_decay_schedule"
    checks.nonnegative(owner, init_value=init_value, peak_value=peak_value, end_value=end_value)
    checks.nonnegative(owner, warmup_steps=warmup_steps)
    checks.positive(owner, exponent=exponent)
    checks.above(owner, warmup_steps, "warmup_steps", decay_steps=decay_steps)
    last = jnp.where(real(peak_value) > 0, real(end_value), 0)
    curve = _fall(peak_value, last, minus(decay_steps, warmup_steps), exponent)
    return risen(curve, init_value, peak_value, warmup_steps)


@lift
def sgdr_schedule(cosine_kwargs: Sequence[Mapping[str, ArrayLike]]) -> optax.Schedule:
    """Follow one `warmup_cosine_decay_schedule` after another, each for its `decay_steps`; the last stays at its end.

    Args:
        cosine_kwargs: The arguments of each by name; at least one.

    Returns:
        A schedule; `schedules.join`.

    Raises:
        ValueError: There is none, or an argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> cycle = {"init_value": 0.0, "peak_value": 1.0, "warmup_steps": 1, "decay_steps": 3}
        >>> sgdr_schedule([cycle, cycle | {"peak_value": 0.5}])(jnp.arange(7)).round(4)
        Array([0.  , 1.  , 0.5 , 0.  , 0.5 , 0.25, 0.  ], dtype=float32)
    """
    if not isinstance(cosine_kwargs, Sequence) or not cosine_kwargs:
        raise ValueError(f"optax.sgdr_schedule: cosine_kwargs must be a list of dicts, got {cosine_kwargs!r}.")
    cycles = [warmup_cosine_decay_schedule(**kwargs) for kwargs in cosine_kwargs]
    ends = list(itertools.accumulate((kwargs["decay_steps"] for kwargs in cosine_kwargs), plus))
    return join(cycles, ends[:-1])


def _fall(first: ArrayLike, last: ArrayLike, steps: ArrayLike, exponent: ArrayLike) -> optax.Schedule:
    def schedule(step: ArrayLike) -> jax.Array:
        left, over = half_cosine(remaining(step, steps)), half_cosine(progress(step, steps))
        return real(first) * fall("polynomial", left, power=exponent) + real(last) * lack(left, over, exponent)

    return ending(schedule, steps)
