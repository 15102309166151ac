"""NGN: a rate that is lowered where the loss is about to be used up."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.accumulators import divide
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import at, real
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.vectors import dot


@lift
def ngn(sigma: ArrayLike | optax.Schedule, *, minimum: ArrayLike = 0.0) -> Rate:
    """NGN: a number or a schedule, lowered where it would carry the linear model of the loss below its minimum.

    `rate = sigma / (1 + sigma <g, d> / (2 (f - minimum)))`, with the loss `f`, its gradients `g` and the direction `d`,
    which for `sgd` is `g`: a Gauss-Newton step on the root of the loss (Orvieto and Xiao 2024, arXiv:2407.04358). It
    lies between half and the whole of the smaller of `sigma` and twice Polyak's step.

    Choose it for losses that are never negative, to be less careful about the rate: it warms up and falls as the loss
    asks for, never diverges on convex losses, and needs no `minimum` that is reached. It is never above `sigma`.

    Args:
        sigma: The largest rate, >= 0, or a schedule; one that falls as `1 / sqrt(t)` converges with noise too.
        minimum: What the loss cannot be below.

    Returns:
        A rate; `update` needs `value=loss`. State: (), no memory. Before the first update the rate shown is `sigma`.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `value`.

    With `sgd` as published, and 0 where `f` is not above `minimum`. With other directions, our composition, `<g, d>` is
    how fast the loss falls along `d`; where it does not fall the rate is `sigma`, as for the published NGN-M (Islamov
    et al. 2025, arXiv:2508.15071), which steps along its momentum whatever the gradient.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> tx, x = sgd(ngn(1.0)), jnp.array([3.0, 4.0])
        >>> tx.update(2 * x, tx.init(x), x, value=x @ x)[1].learning_rate.round(4)
        Array(0.3333, dtype=float32)
    """
    checks.schedulable(checks.nonnegative, "ngn", sigma=sigma)
    checks.finite("ngn", minimum=minimum)

    def init(params: optax.Params) -> tuple[jax.Array, tuple]:
        return at(sigma, 0), ()

    def next_rate(state: tuple, reading: Reading) -> tuple[jax.Array, tuple]:
        most = at(sigma, reading.count)
        twice = 2 * jnp.maximum(real(reading.need("value")) - real(minimum), 0)
        slope = jnp.maximum(dot(reading.grads, reading.direction), 0)
        return divide(twice * most, twice + most * slope), state

    return Rate(init, next_rate)
