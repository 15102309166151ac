"""A new horizon for a schedule that is running or has ended."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.between_steps import rate_scaled
from lropt_jax._core.checking import check
from lropt_jax._core.ends import end_of, with_end
from lropt_jax._core.kinds import AnySchedule, StepNumber, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import before, minus, plus, precise, progress, rate_at
from lropt_jax._core.refusal import Refused
from lropt_jax._core.relations import at_least


@lift
def extend(
    schedule: AnySchedule,
    at: StepNumber,
    steps: Steps,
    *,
    planned_steps: Steps | None = None,
    rise_steps: Steps | None = None,
) -> optax.Schedule:
    """Give a schedule another `steps` from step `at` on, without a jump in the rate there.

    Up to `at` nothing changes. From there, with `n` the schedule's old end and `m = at + steps` its new one,

    * if the schedule still runs, `at < n`, the rest of its curve is spread over the new steps:
      `rate(t) = schedule(at + (t - at) (n - at) / steps)`;
    * if it has ended, the rate climbs from `r = schedule(at)` to the curve of a run that was planned `m` long from its
      start, and follows it: `rate(t) = r + (schedule(t n / m) - r) min((t - at) / rise_steps, 1)`. Nothing is learned
      at a rate of 0, so a finished run has to warm up again (Ibrahim et al. 2024, arXiv:2403.08763).

    Args:
        schedule: The old plan: a schedule, or a number >= 0 for a constant rate.
        at: The step from which the plan changes, >= 0.
        steps: Updates from there to the new end, > 0.
        planned_steps: The step at which the old plan ends, > 0. None: the schedule's own `end`.
        rise_steps: Length of the climb of a schedule that has ended, > 0 and at most `steps`. None: a tenth of `steps`.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range, or the schedule has no end and none is given.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.schedules import linear
        >>> extend(linear(1.0, 4), 2, 4)(jnp.arange(7))
        Array([1.   , 0.75 , 0.5  , 0.375, 0.25 , 0.125, 0.   ], dtype=float32)
    """

    def extended(step: ArrayLike) -> jax.Array:
        old = end_of(schedule) if planned_steps is None else planned_steps
        since, reached = xp.maximum(minus(step, at), 0), rate_at(schedule, at)
        left = xp.maximum(minus(old, at), 0)
        spread = rate_scaled(schedule, at, since, left, steps)
        planned = rate_scaled(schedule, 0, step, old, plus(at, steps))
        climb = precise(steps) / 10 if rise_steps is None else rise_steps
        climbing = reached + (planned - reached) * progress(since, climb)
        return xp.where(before(step, at), rate_at(schedule, step), xp.where(left > 0, spread, climbing))

    return with_end(extended, lambda: plus(at, steps))


@extend.requires
def _(schedule: AnySchedule, steps: Steps, planned_steps: Steps | None, rise_steps: Steps | None) -> None:
    if planned_steps is None:
        if end_of(schedule) is None:
            raise Refused(f"planned_steps must be given for a schedule without an end, got {schedule}.")
        check("planned_steps", Steps, end_of(schedule))
    at_least(rise_steps, "rise_steps", steps=steps)
