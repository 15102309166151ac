"""Polyak's step: as far as the loss would have to fall if it were linear."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import divide
from lropt_jax._core.kinds import AnySchedule, Finite, Positive
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.vectors import product_and_unit
from lropt_jax.rates._losses import finite_or_still, gap_to


@lift
def polyak(max_rate: AnySchedule | None = None, *, minimum: Finite = 0.0, c: Positive = 1.0) -> Rate:
    """Polyak's step: the rate at which the linear model of the loss reaches its minimum.

    `rate = min(max_rate, (f - minimum) / (c <g, d>))`, with the loss `f`, its gradients `g` and the direction `d`,
    which for `sgd` is `g`. Without `max_rate` it is Polyak's (1969, 1987); with it, SPS_max (Loizou, Vaswani, Laradji
    and Lacoste-Julien 2020, arXiv:2002.10542).

    Choose it where the least loss is known and the model can reach it on every batch (interpolation). There it needs no
    rate, no horizon and no noise level. Elsewhere the parameters stay in a ball of noise around the minimum, and a
    `minimum` that is too low makes the steps too long. With momentum choose `momo`.

    Args:
        max_rate: The largest rate, >= 0, or a schedule. With it the rule is usable without interpolation. None:
            unlimited.
        minimum: The least loss, finite; in stochastic runs that of a batch. A lower bound serves too.
        c: Caution, > 0: the rate is divided by it. The paper's theory has 1/2 for strongly convex losses and 1 for
            convex ones; the authors' program has 1/2.

    Returns:
        A rate; `update` needs `value=loss`. State: (), no memory. Before the first update the rate shown is 0.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `value`.

    If the loss is NaN, the rate is 0. If it is infinite, the rate is `max_rate`, or 0 without one.

    With `sgd` it is the published method, and the rate is 0 where `f` is below `minimum`, as in the authors' program
    ("SPS+", Garrigos, Gower and Schaipp 2023, arXiv:2307.14528). With other directions it is our composition: `<g, d>`
    says how fast the loss falls along `d`. For `d = g / scale` it is the squared norm that belongs to the scale. Along
    a direction on which the loss does not fall the rate is 0. `optax.polyak_sgd` is `sgd(polyak(1.0))`, except that
    its rate can be negative unless `variant="sps+"`.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> tx, x = sgd(polyak()), jnp.array([3.0, 4.0])
        >>> update, state = tx.update(2 * x, tx.init(x), x, value=x @ x)
        >>> update, state.learning_rate
        (Array([-1.5, -2. ], dtype=float32), Array(0.25, dtype=float32))
    """
    return rate_to_minimum(minimum, max_rate, c=c)


def rate_to_minimum(
    minimum: ArrayLike, max_rate: ArrayLike | optax.Schedule | None, *, c: ArrayLike = 1.0, delta: ArrayLike = 0.0
) -> Rate:
    """The rate `(f - minimum) / (c <g, d> + delta)`, not above `max_rate`; 0 where the loss cannot fall."""

    def init(params: optax.Params) -> tuple[jax.Array, tuple]:
        return real(0), ()

    def next_rate(state: tuple, reading: Reading) -> tuple[jax.Array, tuple]:
        gap = gap_to(minimum, reading)
        product, unit = product_and_unit(reading.grads, reading.direction)
        slope = product / unit / unit  # it may be infinite, or 0 where the product is not
        rate = divide(gap, real(c) * jnp.maximum(slope, 0) + real(delta))
        alone = (unit < 1) | ((unit > 1) & (real(delta) == 0))
        rate = jnp.where(alone, divide(gap * unit, real(c) * jnp.maximum(product, 0)) * unit, rate)
        rate = jnp.where(product < 0, 0, rate)
        if max_rate is not None:
            rate = jnp.minimum(rate, value_at(max_rate, reading.count))
        return finite_or_still(rate, product), state

    return Rate(init, next_rate)
