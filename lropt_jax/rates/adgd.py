"""Adaptive gradient descent without descent: as long a step as the last one's curvature allows."""

from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import square_root, zeros
from lropt_jax._core.kinds import Positive
from lropt_jax._core.lifting import lift
from lropt_jax._core.magnitudes import largest
from lropt_jax._core.numbers import real
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.vectors import squares_and_unit
from lropt_jax._core.wrapping import copied, like, widened


class AdGDState(NamedTuple):
    """State of `adgd`."""

    rate: jax.Array
    ratio: jax.Array
    params: optax.Params
    direction: optax.Updates


@lift
def adgd(first: Positive = 1e-3, *, variant: Literal["adgd", "adgd2"] = "adgd2") -> Rate:
    """Grow the rate slowly, and never past what the last step found of the curvature.

    `L = |g - g_previous| / |x - x_previous|` estimates the curvature, and `theta` is the rate divided by the rate
    before it. "adgd" (Malitsky and Mishchenko 2019, arXiv:1910.09529, algorithm 1) limits no growth at the second
    update, and from then on takes

        rate <- min(sqrt(1 + theta) * rate, 1 / (2 L))

    "adgd2" (the same authors 2023, arXiv:2308.02261, algorithm 2) begins with `theta = 1/3` and takes longer steps:

        rate <- min(sqrt(2/3 + theta) * rate, rate / sqrt(max(2 rate^2 L^2 - 1, 0)))

    Choose it for exact gradients of convex losses. It converges on every loss whose gradients are locally Lipschitz,
    and it has no number to tune. Do not choose it for noisy gradients: their differences do not shrink with the step,
    so the rate collapses.

    Args:
        first: The rate of the first update, > 0. Choose it too low rather than too high. "adgd" replaces it at the
            second update by `1 / (2 L)`; "adgd2" multiplies the rate by at most 1.46 at an update.
        variant: "adgd2" or "adgd".

    Returns:
        A rate; `update` needs `params`. State: `rate`; `ratio` (`theta`); `params` and `direction` of the last update.
        Memory: 2 x params, float32.

    Raises:
        ValueError: `first` is not above 0, `variant` is another word, or `update` is called without `params`.

    With plain `sgd` it is the published method. With another direction it is our composition: the direction takes the
    place of the gradient. A step that did not move the parameters shows no curvature, so the rate stays. Optax has no
    counterpart.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> tx, x = sgd(adgd(0.01, variant="adgd")), jnp.array([1.0])
        >>> state = tx.init(x)
        >>> for _ in range(2):
        ...     update, state = tx.update(4 * x, state, x)
        ...     x = x + update
        >>> print(state.learning_rate)
        0.125
    """
    older = variant == "adgd"

    def init(params: optax.Params) -> tuple[jax.Array, AdGDState]:
        start = jnp.array(real(first), copy=True)
        return start, AdGDState(start, jnp.full_like(start, 1 / 3), copied(widened(params)), zeros(params))

    def allowed_by_curvature(rate: jax.Array, dx: jax.Array, dg: jax.Array, unit: jax.Array) -> tuple:
        """The rate that the curvature allows, and whether there is such a limit.

        `dx` and `dg` are squared lengths, in the squares of units; `unit` is that of `dg` over that of `dx`.
        """
        curvature = dg / jnp.where(dx == 0, 1, dx)
        if older:
            under = 4 * curvature
        else:
            far = jnp.minimum(rate / unit * square_root(curvature), largest(rate) ** 0.45)  # `rate * L`
            under = jnp.where(unit == 1, 2 * rate**2 * curvature, 2 * far**2) - 1
        limits = ~(under <= 0)  # NaN passes
        return (unit if older else rate) / square_root(jnp.where(limits, under, 1)), limits

    def next_rate(state: AdGDState, reading: Reading) -> tuple[jax.Array, AdGDState]:
        params = copied(widened(reading.need("params")))
        direction = like(reading.direction, state.direction)
        (dx, short), (dg, long) = (
            squares_and_unit(jax.tree.map(jnp.subtract, *pair))
            for pair in ((params, state.params), (direction, state.direction))
        )
        limit, limits = allowed_by_curvature(state.rate, dx, dg, long / short)
        grown = jnp.sqrt((1 if older else 2 / 3) + state.ratio) * state.rate
        free = jnp.asarray(reading.count) == 1 if older else False
        allowed = jnp.where(limits, jnp.where(free, limit, jnp.minimum(grown, limit)), grown)
        moved = (jnp.asarray(reading.count) > 0) & (dx != 0)
        rate = jnp.where(moved, allowed, state.rate)
        ratio = jnp.where(moved, rate / state.rate, state.ratio)
        return rate, AdGDState(rate, ratio, params, copied(direction))

    return Rate(init, next_rate)
