"""Short and long steps by the powers of two in their number."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.kinds import Height
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise, whole

_RATIO = 1 + 2**0.5


@lift
def silver(unit: Height) -> optax.Schedule:
    """Mix short steps with ever rarer and longer ones, so that plain gradient descent is accelerated.

    `rate(t) = unit (1 + r^(v(t + 1) - 1))` with the silver ratio `r = 1 + sqrt(2)`, where `v(n)` is how often 2 divides
    `n` (Altschuler and Parrilo 2023, arXiv:2309.16530)

    Choose it for deterministic gradient descent without momentum on a convex function with an `L`-Lipschitz gradient,
    with `unit = 1 / L`. After `2^k - 1` steps `f(x) - f* <= L / (1 + sqrt(4 r^(2 k) - 3)) |x_0 - x*|^2` (theorem 1.1
    there): it falls like the number of steps to the power -1.27, with constant rates to the power -1. At other steps,
    right after a long one, the loss may be far higher. Never use it with noisy gradients: the long steps grow without
    bound, and the noise with them.

    Args:
        unit: One divided by the largest curvature, >= 0.

    Returns:
        A schedule; every whole step up to 2^31 - 1 has its own power. Fractions of steps are dropped.

    Raises:
        ValueError: `unit` is negative or not finite.

    Example:
        >>> import jax.numpy as jnp
        >>> silver(0.01)(jnp.arange(8)).round(3)
        Array([0.014, 0.02 , 0.014, 0.034, 0.014, 0.02 , 0.014, 0.068], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        made = whole(step)
        twos = xp.population_count(made & ~(made + 1))
        return precise(unit) * (1 + precise(_RATIO) ** (precise(twos) - 1))

    return schedule
