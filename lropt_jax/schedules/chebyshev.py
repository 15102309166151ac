"""The steps of Chebyshev's iteration in an order that keeps it stable."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.kinds import AtLeastOne, Height, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise, whole
from lropt_jax._core.refusal import Refused


@lift
def chebyshev(unit: Height, steps: Steps, *, condition: AtLeastOne) -> optax.Schedule:
    """Take the step sizes with which plain gradient descent solves a quadratic fastest, in the fractal order.

    `rate(t) = unit / ((1 + 1/k) / 2 - (1 - 1/k) / 2 cos((j - 1/2) pi / steps))` with `k = condition`, where `j` is
    entry `t` of the permutation that grows from `[1]` by taking turns between a shorter one, `s` of length `n`, and
    `2 n + 1 - s`: `[1, 2]`, `[1, 4, 2, 3]`, ... (Agarwal, Goel and Zhang 2021, arXiv:2103.01338). After `steps` it
    begins again.

    For deterministic gradient descent without momentum on a quadratic, or near to where a function is one, with all
    curvatures between `1 / (unit * condition)` and `1 / unit`. A cycle of `n` steps shrinks the error at least by
    `cosh(n arccosh((k + 1) / (k - 1)))`, the most that `n` steps can promise: the root of `k` steps do what takes `k`
    at a constant rate. Many of the rates are above `2 * unit` and the loss rises at them: stop only at the end of a
    cycle. In the natural order, largest first, long cycles overflow. Never for noisy gradients.

    Args:
        unit: One by the largest curvature, >= 0.
        steps: Length of a cycle in updates, > 0 and a power of two. Its gradient is 0.
        condition: The largest curvature by the smallest, >= 1.

    Returns:
        A schedule. Fractions of steps are dropped.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> [f"{rate:.2f}" for rate in chebyshev(1.0, 4, condition=10.0)(jnp.arange(4))]
        ['7.45', '1.04', '2.65', '1.38']
    """

    def schedule(step: ArrayLike) -> jax.Array:
        length = whole(xp.rint(precise(steps)))
        half_angle = jnp.pi / 2 * (precise(_place(whole(step), length)) + 0.5) / precise(length)
        return precise(unit) * precise(condition) / (1 + (precise(condition) - 1) * xp.sin(half_angle) ** 2)

    return schedule


@chebyshev.requires
def _(steps: Steps) -> None:
    if not isinstance(steps, jax.core.Tracer) and np.any(np.frexp(steps)[0] != 0.5):
        raise Refused(f"steps must be a power of two, got {steps}.")


def _place(step: jax.Array, length: jax.Array) -> jax.Array:
    """Where a step stands in the natural order, from 0: bit `j`, if set, mirrors it in the first `length / 2^j`."""
    step = step & (length - 1)
    place = xp.zeros_like(step)
    for bit in range(jnp.iinfo(step.dtype).bits - 1):
        place = place ^ (-(step >> bit & 1) & ((length >> bit) - 1))
    return place
