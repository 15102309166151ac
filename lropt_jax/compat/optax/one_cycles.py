"""Optax's one-cycles."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax.compat.optax.pieces import between_knots


@lift
def linear_onecycle_schedule(
    transition_steps: ArrayLike,
    peak_value: ArrayLike,
    pct_start: ArrayLike = 0.3,
    pct_final: ArrayLike = 0.85,
    div_factor: ArrayLike = 25.0,
    final_div_factor: ArrayLike = 1e4,
) -> optax.Schedule:
    """Rise in a straight line to `peak_value`, fall back to the first rate, fall on to a far smaller one, and stay.

    From `start = peak_value / div_factor` to the peak at `int(pct_start * transition_steps)`, to `start` again at
    `int(pct_final * transition_steps)`, and to `start / final_div_factor` at `transition_steps`. The shares are
    fractions in spite of their names. Where two phases end at the same step Optax drops one of them; that is refused
    here.

    Args:
        transition_steps: Length of the run in steps, > 0.
        peak_value: The largest rate, >= 0.
        pct_start: Share of the run at which the peak is reached, in [0, 1).
        pct_final: Share of the run at which the first fall ends, in (`pct_start`, 1).
        div_factor: The peak by the first rate, > 0.
        final_div_factor: The first rate by the last, > 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range, or the run is too short for three phases.

    Example:
        >>> import jax.numpy as jnp
        >>> linear_onecycle_schedule(10, 1.0, 0.4, 0.8, 4.0, 2.0)(jnp.array([0, 2, 4, 6, 8, 10]))
        Array([0.25 , 0.625, 1.   , 0.625, 0.25 , 0.125], dtype=float32)
    """
    owner = "optax.linear_onecycle_schedule"
    _check(owner, transition_steps, peak_value, pct_start, div_factor, final_div_factor)
    checks.inside(owner, 0, 1, pct_final=pct_final)
    top, back = _whole(pct_start * transition_steps), _whole(pct_final * transition_steps)
    checks.above(owner, top, "int(pct_start * transition_steps)", **{"int(pct_final * transition_steps)": back})
    start = real(peak_value) / real(div_factor)
    last = start / real(final_div_factor)
    return between_knots("linear", [(0, start), (top, peak_value), (back, start), (transition_steps, last)])


@lift
def cosine_onecycle_schedule(
    transition_steps: ArrayLike,
    peak_value: ArrayLike,
    pct_start: ArrayLike = 0.3,
    div_factor: ArrayLike = 25.0,
    final_div_factor: ArrayLike = 1e4,
) -> optax.Schedule:
    """Rise along half a cosine to `peak_value`, fall along another to a far smaller rate than the first, and stay.

    From `start = peak_value / div_factor` to the peak at `int(pct_start * transition_steps)`, a fraction in spite of
    its name, and to `start / final_div_factor` at `transition_steps`. PyTorch's phases each end one step earlier.

    Args:
        transition_steps: Length of the run in steps, > 0.
        peak_value: The largest rate, >= 0.
        pct_start: Share of the run at which the peak is reached, in [0, 1).
        div_factor: The peak by the first rate, > 0.
        final_div_factor: The first rate by the last, > 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> cosine_onecycle_schedule(8, 1.0, 0.5, 4.0, 2.0)(jnp.array([0, 2, 4, 6, 8])).round(4)
        Array([0.25  , 0.625 , 1.    , 0.5625, 0.125 ], dtype=float32)
    """
    _check("optax.cosine_onecycle_schedule", transition_steps, peak_value, pct_start, div_factor, final_div_factor)
    start = real(peak_value) / real(div_factor)
    last = start / real(final_div_factor)
    return between_knots(
        "cosine", [(0, start), (_whole(pct_start * transition_steps), peak_value), (transition_steps, last)]
    )


def _check(
    owner: str,
    transition_steps: ArrayLike,
    peak_value: ArrayLike,
    pct_start: ArrayLike,
    div_factor: ArrayLike,
    final_div_factor: ArrayLike,
) -> None:
    checks.nonnegative(owner, peak_value=peak_value)
    checks.positive(owner, transition_steps=transition_steps, div_factor=div_factor, final_div_factor=final_div_factor)
    checks.below_one(owner, pct_start=pct_start)


def _whole(steps: ArrayLike) -> jax.Array | np.ndarray:
    """The whole number below; of a product in double precision where it was made of Python numbers, as in Optax."""
    return jnp.floor(steps).astype(int) if isinstance(steps, jax.Array) else np.floor(steps).astype(int)
