"""Polyak's step: as far as the loss would have to fall if it were linear."""

from collections.abc import Callable

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
def polyak(max_rate: ArrayLike | optax.Schedule | None = None, *, minimum: ArrayLike = 0.0, c: ArrayLike = 1.0) -> Rate:
    """Polyak's step: the rate at which the linear model of the loss reaches its minimum.

    `rate = min(max_rate, (f - minimum) / (c <g, d>))`, with the loss `f`, its gradients `g` and the direction `d`,
    which for `sgd` is `g`. Without `max_rate` it is Polyak's (1969, 1987); with it, SPS_max (Loizou, Vaswani, Laradji
    and Lacoste-Julien 2020, arXiv:2002.10542).

    Choose it where the least loss is known and the model can reach it on every batch (interpolation): then it needs no
    rate, no horizon and no noise level. Else it stays in a ball of noise around the minimum, and with a `minimum` that
    is too low its steps are too long. With momentum choose `momo`.

    Args:
        max_rate: The largest rate, >= 0, or a schedule, which makes it usable without interpolation. None: none.
        minimum: The least loss, of a batch in stochastic runs; a lower bound will do.
        c: Caution, > 0. The paper has 1/2 in theory for strongly convex losses, 1 for convex ones; its authors' program
            has 1/2.

    Returns:
        A rate; `update` needs `value=loss`. State: (), no memory. Before the first update the rate shown is 0.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `value`.

    With `sgd` as published, and 0 where `f` is below `minimum`, as in the authors' program ("SPS+", Garrigos, Gower
    and Schaipp 2023, arXiv:2307.14528). With other directions, our composition, `<g, d>` is how fast the loss falls
    along `d`, for `d = g / scale` the squared norm that belongs to the scale; a direction along which it does not fall
    gets 0. `optax.polyak_sgd` is `sgd(polyak(1.0))`, which lets the rate be negative unless `variant="sps+"`.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> tx, x = sgd(polyak()), jnp.array([3.0, 4.0])
        >>> update, state = tx.update(2 * x, tx.init(x), x, value=x @ x)
        >>> update, state.learning_rate
        (Array([-1.5, -2. ], dtype=float32), Array(0.25, dtype=float32))
    """
    checks.finite("polyak", minimum=minimum)
    checks.positive("polyak", c=c)
    return to_minimum("polyak", minimum, max_rate, lambda slope: real(c) * slope)


def to_minimum(
    owner: str,
    minimum: ArrayLike,
    max_rate: ArrayLike | optax.Schedule | None,
    divisor: Callable[[jax.Array], jax.Array],
) -> Rate:
    """The rate `(f - minimum) / divisor(<g, d>)`, not above `max_rate`; 0 where there is nothing to gain."""
    if max_rate is not None:
        checks.schedulable(checks.nonnegative, owner, max_rate=max_rate)

    def init(params: optax.Params) -> tuple[jax.Array, tuple]:
        return real(0), ()

    def next_rate(state: tuple, reading: Reading) -> tuple[jax.Array, tuple]:
        gap = jnp.maximum(real(reading.need("value")) - real(minimum), 0)
        slope = dot(reading.grads, reading.direction)
        rate = jnp.where(slope < 0, 0, divide(gap, divisor(jnp.maximum(slope, 0))))
        return rate if max_rate is None else jnp.minimum(rate, at(max_rate, reading.count)), state

    return Rate(init, next_rate)
