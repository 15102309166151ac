"""NGN: a rate that is lowered where the loss is about to be used up."""

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import divide
from lropt_jax._core.kinds import AnySchedule, Finite
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import value_at
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.vectors import product_and_unit
from lropt_jax.rates._losses import finite_or_still, gap_to


@lift
def ngn(sigma: AnySchedule, *, minimum: Finite = 0.0) -> Rate:
    """NGN: a number or a schedule, lowered where it would carry the linear model of the loss below its minimum.

    `rate = sigma / (1 + sigma <g, d> / (2 (f - minimum)))`, with the loss `f`, its gradients `g` and the direction `d`,
    which for `sgd` is `g`. It is a Gauss-Newton step on the root of the loss (Orvieto and Xiao 2024, arXiv:2407.04358).
    Take the smaller of `sigma` and twice Polyak's step: the rate lies between half of that number and the whole of it.

    Choose it for losses that are never negative, to be less careful about the rate. The rate rises and falls as the
    loss asks for, and it is never above `sigma`. It does not diverge on convex losses, and the loss need not reach
    `minimum`.

    Args:
        sigma: The largest rate, >= 0, or a schedule. One that falls as `1 / sqrt(t)` converges in noise too.
        minimum: A lower bound of the loss, finite.

    Returns:
        A rate; `update` needs `value=loss`. State: (), no memory. Before the first update the rate shown is `sigma`.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `value`.

    With `sgd` it is the published method, and the rate is 0 where `f` is not above `minimum`. With other directions it
    is our composition: `<g, d>` says how fast the loss falls along `d`. Where it does not fall, the rate is `sigma`, as
    in the published NGN-M (Islamov et al. 2025, arXiv:2508.15071), which steps along its momentum whatever the
    gradient is. If the loss is NaN, the rate is 0; if it is infinite, `sigma`.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> tx, x = sgd(ngn(1.0)), jnp.array([3.0, 4.0])
        >>> tx.update(2 * x, tx.init(x), x, value=x @ x)[1].learning_rate.round(4)
        Array(0.3333, dtype=float32)
    """

    def init(params: optax.Params) -> tuple[jax.Array, tuple]:
        return value_at(sigma, 0), ()

    def next_rate(state: tuple, reading: Reading) -> tuple[jax.Array, tuple]:
        most = value_at(sigma, reading.count)
        twice = 2 * gap_to(minimum, reading)
        product, unit = product_and_unit(reading.grads, reading.direction)
        product, steep = jnp.maximum(product, 0), unit < 1
        slope = product / unit / unit  # infinite where `steep`
        vast = jnp.isinf(twice * most) | (steep & (product > 0))
        below = jnp.where(vast, twice, 1)
        share = jnp.where(steep, most * (product / unit / below) / unit, most * slope / below)
        other = most / (1 + share)  # the same, without a product that overflows
        rate = jnp.where(vast, other, divide(twice * most, twice + most * slope))
        return finite_or_still(rate, slope), state

    return Rate(init, next_rate)
