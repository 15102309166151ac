"""A rise before any schedule."""

from typing import Literal

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.checking import check
from lropt_jax._core.curves import half_cosine
from lropt_jax._core.ends import later_end, with_end
from lropt_jax._core.kinds import AnySchedule, Height, Positive, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import before, minus, plus, precise, progress, rate_at


@lift
def warmup(
    schedule: AnySchedule,
    steps: Steps,
    *,
    start: Height | None = None,
    shape: Literal["linear", "cosine", "log", "exponential"] = "linear",
) -> optax.Schedule:
    """Rise to where a schedule begins, then follow it from its own step 0.

    `rate(t) = schedule(0) rise((t + 1) / steps)` for `t < steps`, `schedule(t - steps)` after it. With `start` the rise
    is `start + (schedule(0) - start) rise(t / steps)`. The shapes are

    * linear: `rise(u) = u`
    * cosine: `rise(u) = (1 - cos(pi u)) / 2`, slow at both ends
    * log: `rise(u) = log(1 + u steps) / log(1 + steps)`, steep at first, as DeepSpeed's
    * exponential: from `start`, which must be given and > 0, the rate grows by the same factor at every step

    The first update already moves, and update number `steps` has the full rate (Goyal et al. 2017, arXiv:1706.02677).
    For Adam a good length is `2 / (1 - b2)` steps: its second moment needs about so many to settle (Ma and Yarats 2021,
    arXiv:1910.04209). The schedule's own horizon begins after the rise: `warmup(cosine(1e-3, 900), 100)` ends at step
    1000. Optax's `warmup_cosine_decay_schedule` counts the rise inside its `decay_steps` and starts at exactly
    `init_value`: that is `start=init_value` here.

    Args:
        schedule: The schedule after the rise, or a number >= 0 for a constant rate.
        steps: Length of the rise in updates, > 0.
        start: The rate of the very first update, >= 0. None: the rise is one step ahead and begins above 0.
        shape: `"linear"`, `"cosine"`, `"log"` or `"exponential"`.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> warmup(1.0, 4)(jnp.arange(6))
        Array([0.25, 0.5 , 0.75, 1.  , 1.  , 1.  ], dtype=float32)
    """

    def warmed(step: ArrayLike) -> jax.Array:
        def rise() -> jax.Array:
            peak, below = rate_at(schedule, xp.zeros_like(step)), precise(0 if start is None else start)
            share = progress(plus(step, 1) if start is None else step, steps)
            if shape == "exponential":
                return _geometric(below, peak, share)
            return below + (peak - below) * _rise(shape, share, steps)

        return xp.choose(before(step, steps), rise, lambda: rate_at(schedule, xp.maximum(minus(step, steps), 0)))

    return with_end(warmed, lambda: later_end(schedule, steps))


@warmup.requires
def _(start: Height | None, shape: str) -> None:
    if shape == "exponential":
        check("start", Positive, start)


def _rise(shape: str, share: jax.Array, steps: ArrayLike) -> jax.Array:
    """From 0 to 1."""
    if shape == "cosine":
        return half_cosine(share)
    return xp.log1p(share * precise(steps)) / xp.log1p(precise(steps)) if shape == "log" else share


def _geometric(start: jax.Array, peak: jax.Array, share: jax.Array) -> jax.Array:
    """From `start` to `peak` by equal factors; 0 where the peak is."""
    some = peak > 0
    return xp.where(some, start * (xp.where(some, peak, start) / start) ** share, 0)
