"""A tail that any schedule can be ended with."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.curves import Fall, fall
from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import AnySchedule, Height, Positive, ProperFraction, StepNumber, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import before, minus, plus, precise, rate_at, remaining


@lift
def cooldown(
    schedule: AnySchedule,
    at: StepNumber,
    steps: Steps,
    *,
    shape: Fall = "linear",
    floor: Height = 0.0,
    power: Positive = 2.0,
    ratio: ProperFraction = 0.1,
) -> optax.Schedule:
    """Follow a schedule up to a step, then fall from the rate reached there to `floor`, and stay.

    `rate(t) = schedule(t)` for `t < at`; from there `floor + (schedule(at) - floor) fall(u)` with
    `u = min((t - at) / steps, 1)` and

    * linear: `fall(u) = 1 - u`
    * cosine: `(1 + cos(pi u)) / 2`
    * 1-sqrt: `1 - sqrt(u)`, the best that Hägele et al. (2024, arXiv:2405.18392) found
    * exponential: `(ratio^u - ratio) / (1 - ratio)`; Megatron-LM's has the ratio 1/2
    * polynomial: `(1 - u)^power`

    It makes a finished model of any checkpoint while the run itself goes on: let the checkpoint cool down for a tenth
    or a fifth of the steps made. `wsd` is a warmup, a constant rate and this.

    Args:
        schedule: The schedule until then, or a number >= 0 for a constant rate.
        at: The first step of the tail, >= 0.
        steps: Length of the tail in updates, > 0.
        shape: `"linear"`, `"cosine"`, `"1-sqrt"`, `"exponential"` or `"polynomial"`.
        floor: The rate at the end and after it, >= 0.
        power: Exponent of the polynomial shape, > 0.
        ratio: `ratio` of the exponential shape, in (0, 1).

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> cooldown(1.0, 2, 4)(jnp.arange(7))
        Array([1.  , 1.  , 1.  , 0.75, 0.5 , 0.25, 0.  ], dtype=float32)
    """

    def cooled(step: ArrayLike) -> jax.Array:
        def tail() -> jax.Array:
            left = remaining(minus(step, at), steps)
            height = rate_at(schedule, at) - precise(floor)
            return precise(floor) + height * fall(shape, left, power=power, ratio=ratio)

        return xp.choose(before(step, at), lambda: rate_at(schedule, step), tail)

    return with_end(cooled, lambda: plus(at, steps))
