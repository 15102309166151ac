"""The steps of a schedule that are worth a mark."""

from typing import Any

import jax
import numpy as np
import optax

from lropt_jax._core.ends import end_of
from lropt_jax._core.values import Value

_MOST = 100_001


def span(*schedules: optax.Schedule) -> int:
    """How many steps show all of these schedules: up to the last end. Without an end: four times their own length."""
    return max(_own_span(schedule) for schedule in schedules)


def sample(schedule: optax.Schedule, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Steps from 0 to `steps`, all of them or 100,001 evenly spread ones, and the rates there."""
    at = np.unique(np.linspace(0, steps, min(steps + 1, _MOST)).round().astype(np.int64))
    return at, np.asarray(jax.jit(schedule)(at.astype(np.int32) if steps < 2**31 else at.astype(np.float32)))


def marks(schedule: optax.Schedule, steps: int) -> dict[str, int]:
    """The steps where the first rise ends, where the peak is and where the schedule ends, as far as there are any."""
    at, rates = sample(schedule, steps)
    falls = np.flatnonzero(np.diff(rates) <= 0)
    rise, end = int(falls[0]) if len(falls) else len(at) - 1, end_of(schedule)
    found = {"warmup ends": int(at[rise])} if rise else {}
    found["peak"] = int(at[np.argmax(rates)])
    return found | ({"end": int(np.ceil(end))} if end is not None and 0 < end <= steps else {})


def _own_span(schedule: Any) -> int:
    end = end_of(schedule)
    last = 0 if end is None else int(np.ceil(np.max(end)))  # of several schedules in one value: the last end
    return last or 4 * _counted(schedule) or 1000


def _counted(value: Any) -> int:
    """The largest whole number among the arguments of a schedule without an end, added up over schedules inside it."""
    if isinstance(value, (tuple, list)):
        return sum(map(_counted, value))
    if not isinstance(value, Value):
        return 0
    whole = [argument for argument in value.arguments.values() if type(argument) is int]
    return max(whole, default=0) + sum(map(_counted, value.arguments.values()))
