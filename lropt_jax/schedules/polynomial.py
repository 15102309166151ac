"""A power of what is left of the run."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core.curves import fall
from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import Height, Positive, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise, remaining


@lift
def polynomial(peak: Height, steps: Steps, *, power: Positive = 2.0, floor: Height = 0.0) -> optax.Schedule:
    """Fall from `peak` to `floor` over `steps` as a power of the remaining share, then stay.

    `rate(t) = floor + (peak - floor) (1 - min(t / steps, 1)) ^ power`

    `power` above 1 falls early and spends longer at small rates, below 1 it falls late; 1 is `linear`. PyTorch's
    `PolynomialLR` is this with `floor=0`; Optax's `polynomial_schedule` is this from `init_value` to `end_value`.

    Args:
        peak: The rate at step 0, >= 0.
        steps: Length of the fall in updates, > 0.
        power: Exponent, > 0.
        floor: The rate at the end and after it, >= 0.

    Returns:
        A schedule. Its gradients are finite: at the end, where a power below 1 has an infinite slope, they are 0.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> polynomial(1.0, 4, power=2.0)(jnp.arange(5))
        Array([1.    , 0.5625, 0.25  , 0.0625, 0.    ], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        top, bottom = precise(peak), precise(floor)
        return bottom + (top - bottom) * fall("polynomial", remaining(step, steps), power=power)

    return with_end(schedule, steps)
