"""Optax's schedules by stretches of steps."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.checking import check
from lropt_jax._core.curves import through
from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import AnySchedule, Boundaries, Height, NonNegative
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import before, real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.relations import at_least
from lropt_jax.schedules import join

Scales = Mapping[Any, ArrayLike] | Sequence[tuple[ArrayLike, ArrayLike]] | jax.Array | None


@lift
def join_schedules(schedules: Sequence[AnySchedule], boundaries: Boundaries) -> optax.Schedule:
    """Follow each schedule up to its boundary, then the next one from its own step 0.

    Two mistakes that Optax takes in silence are refused here: too many schedules or boundaries, which it drops, and
    boundaries that are not in order, which it follows wrongly.

    Args:
        schedules: The pieces, schedules or numbers >= 0; at least one.
        boundaries: The steps at which the next piece begins, in ascending order, each > 0; one fewer than pieces.

    Returns:
        A schedule; `schedules.join`.

    Raises:
        ValueError: The counts do not fit, or the boundaries are not in order.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.compat.optax import constant_schedule, linear_schedule
        >>> join_schedules([constant_schedule(1.0), linear_schedule(0.5, 0.0, 2)], [2])(jnp.arange(5))
        Array([1.  , 1.  , 0.5 , 0.25, 0.  ], dtype=float32)
    """
    return join(schedules, boundaries)


@join_schedules.requires
def _(schedules: Sequence[AnySchedule], boundaries: Boundaries) -> None:
    if not len(schedules) or len(boundaries) != len(schedules) - 1:
        got = f"{len(boundaries)} for {len(schedules)} schedules"
        raise Refused(f"boundaries must be one fewer than schedules, got {got}.")


@lift
def piecewise_constant_schedule(init_value: Height, boundaries_and_scales: Scales = None) -> optax.Schedule:
    """Multiply by a scale at each boundary: `rate(t)` is `init_value` times every scale whose step is at most `t`.

    The scales multiply: 0.1 at one boundary and 0.1 at the next make 0.01.

    Args:
        init_value: The first rate, >= 0.
        boundaries_and_scales: Steps, >= 0, and for each the factor from that step on, >= 0. Either a dict
            `{step: scale}` as in Optax, whose steps are static, or pairs `(step, scale)` in ascending order, whose
            steps are data too. None: no steps.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range, or pairs are not in order.

    Example:
        >>> import jax.numpy as jnp
        >>> piecewise_constant_schedule(1.0, {2: 0.5, 4: 0.1})(jnp.arange(6))
        Array([1.  , 1.  , 0.5 , 0.5 , 0.05, 0.05], dtype=float32)
    """
    pairs = _pairs(boundaries_and_scales)

    def schedule(step: ArrayLike) -> jax.Array:
        rate = jnp.broadcast_to(real(init_value), jnp.shape(step))
        for boundary, scale in pairs:
            rate = rate * jnp.where(before(step, boundary), 1, real(scale))
        return rate

    return with_end(schedule, pairs[-1][0] if pairs else 0)


@lift
def piecewise_interpolate_schedule(
    interpolate_type: Literal["linear", "cosine"], init_value: Height, boundaries_and_scales: Scales = None
) -> optax.Schedule:
    """Go from value to value along straight lines or half cosines, each boundary's a scale times the one before it.

    The rate reaches a boundary's value at the boundary itself, and the scales multiply. The scale of a boundary at 0
    changes the first rate; Optax 0.2.6 returns NaN for it.

    Args:
        interpolate_type: `"linear"` or `"cosine"`.
        init_value: The first rate, >= 0.
        boundaries_and_scales: Steps and scales, as in `piecewise_constant_schedule`.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range, or pairs are not in order.

    Example:
        >>> import jax.numpy as jnp
        >>> piecewise_interpolate_schedule("linear", 1.0, {2: 0.5, 4: 0.5})(jnp.arange(6))
        Array([1.   , 0.75 , 0.5  , 0.375, 0.25 , 0.25 ], dtype=float32)
    """
    pairs = _pairs(boundaries_and_scales)
    steps, scales = [step for step, _ in pairs], [real(scale) for _, scale in pairs]
    values = itertools.accumulate(scales, jnp.multiply, initial=real(init_value))
    return between_knots(interpolate_type, list(zip([0, *steps], values, strict=True)))


def between_knots(shape: str, knots: Sequence[tuple[ArrayLike, ArrayLike]]) -> optax.Schedule:
    """From value to value, each at its step, the first at 0. The last value stays."""
    return with_end(lambda step: through(knots, step, shape), knots[-1][0])


@piecewise_constant_schedule.requires
@piecewise_interpolate_schedule.requires
def _(boundaries_and_scales: Scales) -> None:
    pairs = _pairs(boundaries_and_scales)
    for number in itertools.chain.from_iterable(pairs):
        check("boundaries_and_scales", NonNegative, number)
    for (earlier, _), (later, _) in itertools.pairwise(pairs):
        at_least(earlier, "the step before it", boundaries_and_scales=later)


def _pairs(given: Scales) -> list[tuple[ArrayLike, ArrayLike]]:
    """Steps and scales in order. The keys of a dict may be strings, which JSON makes of numbers."""
    if isinstance(given, Mapping):
        numbers = {int(step) if isinstance(step, str) else step: scale for step, scale in given.items()}
        given = [(step, numbers[step]) for step in sorted(numbers)]
    return [] if given is None else [(step, scale) for step, scale in given]
