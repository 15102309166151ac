"""One rise, one fall, and a last stretch of very small rates."""

from typing import Annotated, Literal

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core.checking import check
from lropt_jax._core.curves import through
from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import Height, Positive, ProperFraction, Range, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise

LessThanHalf = Annotated[ArrayLike, Range(0, 0.5, low_open=True, high_open=True)]  # of three phases


@lift
def one_cycle(
    peak: Height,
    steps: Steps,
    *,
    rise_fraction: ProperFraction = 0.3,
    div_factor: Positive = 25.0,
    final_div_factor: Positive = 1e4,
    three_phase: bool = False,
    shape: Literal["cosine", "linear"] = "cosine",
) -> optax.Schedule:
    """Rise from a small rate to `peak`, fall to a far smaller one over the rest of the run, and stay.

    From `start = peak / div_factor` at step 0 to `peak` at `rise_fraction * steps`, and to `start / final_div_factor`
    at `steps`. In three phases the fall first mirrors the rise, back to `start`, and then goes on to the end. The
    pieces are half cosines, or straight lines as in the paper (Smith and Topin 2018, arXiv:1708.07120).

    The large rates in the middle regularise. Use it with a momentum that is low where the rate is high,
    `one_cycle_momentum`. The phases of PyTorch's `OneCycleLR` end a step earlier: `compat.torch.OneCycleLR`.

    Args:
        peak: The largest rate, >= 0.
        steps: Length of the run in updates, > 0.
        rise_fraction: Share of the run at which the peak is reached, in (0, 1); below 1/2 in three phases.
        div_factor: `peak` divided by the first rate, > 0.
        final_div_factor: The first rate divided by the last, > 0.
        three_phase: Whether the fall first mirrors the rise.
        shape: `"cosine"` or `"linear"`.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> one_cycle(1.0, 10, rise_fraction=0.5)(jnp.array([0, 5, 10])).round(4)
        Array([0.04, 1.  , 0.  ], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        top, turn = precise(peak), precise(rise_fraction) * precise(steps)
        start = top / precise(div_factor)
        last = start / precise(final_div_factor)
        back = [(2 * turn, start)] if three_phase else []
        return through([(0, start), (turn, top), *back, (steps, last)], step, shape)

    return with_end(schedule, steps)


@one_cycle.requires
def _(rise_fraction: ProperFraction, three_phase: bool) -> None:
    if three_phase:
        check("rise_fraction", LessThanHalf, rise_fraction)
