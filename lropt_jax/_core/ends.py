"""Where schedules end."""

from collections.abc import Callable
from typing import Any

import numpy as np
import optax
from jax.typing import ArrayLike

from lropt_jax._core.numbers import plus


def with_end(schedule: optax.Schedule, end: ArrayLike | Callable[[], Any] | None) -> optax.Schedule:
    """Note on a function the step from which its rate stays, or a function that finds it; None where there is none.

    A function costs nothing until somebody asks for the end: schedules are built anew at every call.
    """
    schedule.end = end  # type: ignore[attr-defined]
    return schedule


def end_of(schedule: optax.ScalarOrSchedule) -> Any:
    """The step from which the rate stays: 0 for a number, None where no such step is known."""
    if not callable(schedule):
        return 0
    end = getattr(schedule, "end", None)
    with np.errstate(all="ignore"):
        return end() if callable(end) else end


def later_end(schedule: optax.ScalarOrSchedule, steps: ArrayLike) -> Any:
    """The end of a schedule that begins so many steps later, if it has one."""
    end = end_of(schedule)
    return None if end is None else plus(end, steps)
