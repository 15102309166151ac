"""Rates between two steps, late in a run."""

from collections.abc import Callable

import jax
import numpy as np
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.numbers import alike, count, is_whole, plus, precise, rate_at
from lropt_jax._core.periods import share_of, whole_periods

_EARLY = 2**20  # up to here float32 has eighths of steps


def rate_scaled(
    schedule: ArrayLike | Callable[[ArrayLike], ArrayLike],
    origin: ArrayLike,
    step: ArrayLike,
    part: ArrayLike,
    steps: ArrayLike,
) -> jax.Array:
    """The rate of a schedule at `origin + step * part / steps`, where `part` of its steps take `steps`, all >= 0.

    Between two steps late in a run, where float32 has no fractions of them, it is on the line between their rates.
    """
    numbers = alike(origin, step, part, steps)
    if precise(0).dtype == np.float64 or not is_whole(numbers[0]):
        return rate_at(schedule, precise(origin) + precise(step) * precise(part) / precise(steps))
    whole, rest = share_of(*numbers[1:])
    return rate_between(schedule, plus(origin, whole), precise(rest) / precise(steps))


def rate_slowed(
    schedule: ArrayLike | Callable[[ArrayLike], ArrayLike], step: ArrayLike, factor: ArrayLike
) -> jax.Array:
    """The rate of a schedule at `step / factor`, as in `rate_scaled`."""
    if precise(0).dtype == np.float64 or not is_whole(count(step)):
        return rate_at(schedule, precise(step) / precise(factor))
    whole, since = whole_periods(step, factor)
    return rate_between(schedule, whole, precise(since) / precise(factor))


def rate_between(
    schedule: ArrayLike | Callable[[ArrayLike], ArrayLike], step: ArrayLike, share: ArrayLike
) -> jax.Array:
    """The rate of a schedule a share of a step after a whole one."""
    here, after = rate_at(schedule, step), rate_at(schedule, plus(step, 1))
    exact = rate_at(schedule, precise(step) + share)
    return xp.where(xp.asarray(step) < _EARLY, exact, here + (after - here) * share)
