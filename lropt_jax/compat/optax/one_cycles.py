"""Optax's one-cycles."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.typing import ArrayLike

from lropt_jax._core.kinds import BelowOne, Height, Positive, ProperFraction, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax._core.relations import above
from lropt_jax.compat.optax.pieces import between_knots


@lift
def linear_onecycle_schedule(
    transition_steps: Steps,
    peak_value: Height,
    pct_start: BelowOne = 0.3,
    pct_final: ProperFraction = 0.85,
    div_factor: Positive = 25.0,
    final_div_factor: Positive = 1e4,
) -> optax.Schedule:
    """Rise in a straight line to `peak_value`, fall back to the first rate, fall on to a far smaller one, and stay.

    From `start = peak_value / div_factor` to the peak at `int(pct_start * transition_steps)`, to `start` again at
    `int(pct_final * transition_steps)`, and to `start / final_div_factor` at `transition_steps`. The `pct` arguments
    are fractions, not per cent. Two phases that end at the same step are refused here; Optax drops one of them.

    Args:
        transition_steps: Length of the run in steps, > 0.
        peak_value: The largest rate, >= 0.
        pct_start: Share of the run at which the peak is reached, in [0, 1).
        pct_final: Share of the run at which the first fall ends, in (0, 1) and above `pct_start`.
        div_factor: The peak divided by the first rate, > 0.
        final_div_factor: The first rate divided by the last, > 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range, or the run is too short for three phases.

    Example:
        >>> import jax.numpy as jnp
        >>> linear_onecycle_schedule(10, 1.0, 0.4, 0.8, 4.0, 2.0)(jnp.array([0, 2, 4, 6, 8, 10]))
        Array([0.25 , 0.625, 1.   , 0.625, 0.25 , 0.125], dtype=float32)
    """
    top, back = _whole(pct_start * transition_steps), _whole(pct_final * transition_steps)
    start = real(peak_value) / real(div_factor)
    last = start / real(final_div_factor)
    return between_knots("linear", [(0, start), (top, peak_value), (back, start), (transition_steps, last)])


@linear_onecycle_schedule.requires
def _(transition_steps: Steps, pct_start: BelowOne, pct_final: ProperFraction) -> None:
    top, back = _whole(pct_start * transition_steps), _whole(pct_final * transition_steps)
    above(top, "int(pct_start * transition_steps)", **{"int(pct_final * transition_steps)": back})


@lift
def cosine_onecycle_schedule(
    transition_steps: Steps,
    peak_value: Height,
    pct_start: BelowOne = 0.3,
    div_factor: Positive = 25.0,
    final_div_factor: Positive = 1e4,
) -> optax.Schedule:
    """Rise along half a cosine to `peak_value`, fall along another to a far smaller rate than the first, and stay.

    From `start = peak_value / div_factor` to the peak at `int(pct_start * transition_steps)`, and to
    `start / final_div_factor` at `transition_steps`. `pct_start` is a fraction, not per cent. PyTorch's phases each end
    one step earlier.

    Args:
        transition_steps: Length of the run in steps, > 0.
        peak_value: The largest rate, >= 0.
        pct_start: Share of the run at which the peak is reached, in [0, 1).
        div_factor: The peak divided by the first rate, > 0.
        final_div_factor: The first rate divided by the last, > 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> cosine_onecycle_schedule(8, 1.0, 0.5, 4.0, 2.0)(jnp.array([0, 2, 4, 6, 8])).round(4)
        Array([0.25  , 0.625 , 1.    , 0.5625, 0.125 ], dtype=float32)
    """
    start = real(peak_value) / real(div_factor)
    last = start / real(final_div_factor)
    return between_knots(
        "cosine", [(0, start), (_whole(pct_start * transition_steps), peak_value), (transition_steps, last)]
    )


def _whole(steps: ArrayLike) -> jax.Array | np.ndarray:
    """Steps rounded down to a whole number, in double precision if they are made of Python numbers, as in Optax."""
    return jnp.floor(steps).astype(int) if isinstance(steps, jax.Array) else np.floor(steps).astype(int)
