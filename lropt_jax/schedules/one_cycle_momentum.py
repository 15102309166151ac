"""The momentum that goes with one cycle of the rate."""

from typing import Literal

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core.checking import check
from lropt_jax._core.curves import through
from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import BelowOne, ProperFraction, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise
from lropt_jax.schedules.one_cycle import LessThanHalf


@lift
def one_cycle_momentum(
    steps: Steps,
    *,
    high: BelowOne = 0.95,
    low: BelowOne = 0.85,
    rise_fraction: ProperFraction = 0.3,
    three_phase: bool = False,
    shape: Literal["cosine", "linear"] = "cosine",
) -> optax.Schedule:
    """Fall from `high` to `low` while the rate of `one_cycle` rises, come back while it falls, and stay.

    From `high` at step 0 to `low` at `rise_fraction * steps`, and back to `high` at `steps`; in three phases at
    `2 * rise_fraction * steps` (Smith 2018, arXiv:1803.09820, section 4.3). For SGD's momentum or Adam's `b1`:

    `sgd(one_cycle(0.1, 1000), momentum=one_cycle_momentum(1000))`

    Args:
        steps: Length of the run in updates, > 0.
        high: The momentum where the rate is low, in [0, 1).
        low: The momentum where the rate is at its peak, in [0, 1).
        rise_fraction: Share of the run at which the momentum is `low`, in (0, 1); below 1/2 in three phases.
        three_phase: Whether the way back mirrors the way down, as in `one_cycle`.
        shape: `"cosine"` or `"linear"`.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> one_cycle_momentum(10, rise_fraction=0.5)(jnp.array([0, 5, 10]))
        Array([0.95, 0.85, 0.95], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        above, below, turn = precise(high), precise(low), precise(rise_fraction) * precise(steps)
        end = 2 * turn if three_phase else steps
        return through([(0, above), (turn, below), (end, above)], step, shape)

    return with_end(schedule, steps)


@one_cycle_momentum.requires
def _(rise_fraction: ProperFraction, three_phase: bool) -> None:
    if three_phase:
        check("rise_fraction", LessThanHalf, rise_fraction)
