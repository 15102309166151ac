"""One rise, one fall, and a last stretch of very small rates."""

import itertools

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real


@lift
def one_cycle(
    peak: ArrayLike,
    steps: ArrayLike,
    *,
    rise_fraction: ArrayLike = 0.3,
    div_factor: ArrayLike = 25.0,
    final_div_factor: ArrayLike = 1e4,
    three_phase: bool = False,
) -> optax.Schedule:
    """Rise from a small rate to `peak`, fall to a far smaller one over the rest of the run, and stay.

    From `start = peak / div_factor` at step 0 along half a cosine to `peak` at `rise_fraction * steps`, and along
    another to `start / final_div_factor` at `steps`. In three phases the fall first mirrors the rise, back to `start`,
    and then goes on to the end (Smith and Topin 2018, arXiv:1708.07120, there with straight lines).

    The large rates in the middle regularise; with them goes a momentum that is low where the rate is high. PyTorch's
    `OneCycleLR(total_steps=N, pct_start=p)` ends its phases one step earlier: `steps=N - 1`,
    `rise_fraction=(p N - 1) / (N - 1)`.

    Args:
        peak: The largest rate, >= 0.
        steps: Length of the run in updates, > 0.
        rise_fraction: Share of the run at which the peak is reached, in (0, 1), below 1/2 in three phases.
        div_factor: `peak` by the first rate, > 0.
        final_div_factor: The first rate by the last, > 0.
        three_phase: Mirror the rise before the last fall.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> one_cycle(1.0, 10, rise_fraction=0.5)(jnp.array([0, 5, 10])).round(4)
        Array([0.04, 1.  , 0.  ], dtype=float32)
    """
    checks.nonnegative("one_cycle", peak=peak)
    checks.positive("one_cycle", steps=steps, div_factor=div_factor, final_div_factor=final_div_factor)
    checks.inside("one_cycle", 0, 0.5 if three_phase else 1, rise_fraction=rise_fraction)

    def schedule(step: ArrayLike) -> jax.Array:
        top, rise, end = real(peak), real(rise_fraction) * real(steps), real(steps)
        start = top / real(div_factor)
        last = start / real(final_div_factor)
        if three_phase:
            knots = [(real(0), start), (rise, top), (2 * rise, start), (end, last)]
        else:
            knots = [(real(0), start), (rise, top), (end, last)]
        return _through(knots, real(step))

    return schedule


def _through(knots: list[tuple[jax.Array, jax.Array]], time: jax.Array) -> jax.Array:
    """Half cosines from knot to knot, (time, rate) each, and the last rate after them."""
    rate = jnp.broadcast_to(knots[0][1], time.shape)
    for (begin, before), (end, after) in itertools.pairwise(knots):
        left = jnp.clip((end - time) / (end - begin), 0, 1)
        rate = jnp.where(time > begin, after + (before - after) * jnp.sin(jnp.pi / 2 * left) ** 2, rate)
    return rate
