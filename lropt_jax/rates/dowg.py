"""DoWG: the squared distance from the start over the root of all squared gradients, weighted by it."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import divide, square_root
from lropt_jax._core.kinds import NonNegative, Positive
from lropt_jax._core.lifting import lift
from lropt_jax._core.magnitudes import added, largest
from lropt_jax._core.numbers import real
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.vectors import distance, norm, sum_of_squares
from lropt_jax._core.wrapping import copied, widened
from lropt_jax.rates.dog import first_distance


class DowgState(NamedTuple):
    """State of `dowg`."""

    start: optax.Params
    distance: jax.Array
    weighted_squares: jax.Array


@lift
def dowg(*, r_eps: Positive = 1e-6, relative: bool = True, eps: NonNegative = 0.0) -> Rate:
    """DoWG: DoG that trusts later gradients more, as they are met farther from the start.

    `rate = r^2 / (sqrt(v) + eps)`, `v <- v + r^2 |d|^2`, with the direction `d`. Here `r = max |x - x0|` is the largest
    distance so far between the parameters `x` and their start `x0`. `r` begins at `r_eps * (1 + |x0|)` (Khaled,
    Mishchenko and Jin 2023, arXiv:2305.16284, algorithm 1).

    Choose it where no rate is known and the loss is smooth. Its rates are higher than those of `dog`, near the edge of
    stability. On small networks it can run away: compare it with a `dog`.

    Args:
        r_eps: The first movement, > 0. Choose it small against the distance to go.
        relative: Multiply `r_eps` by `1 + |x0|`. False: `r_eps` is a length, whatever the scale of the parameters.
        eps: Added to the root, >= 0. Above 0 the rate depends on the scale of the loss: where `r |d|` is far below
            `eps`, the parameters hardly move.

    Returns:
        A rate; `update` needs `params`. State: `start` (`x0`), `distance` (`r`), `weighted_squares` (`v`). Memory: 1 x
        params, float32. Before the first update the rate shown is 0.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    With `sgd` it is the algorithm. The authors' package and `optax.contrib.dowg` are
    `dowg(r_eps=1e-2, relative=False, eps=1e-4)`: they use one `eps=1e-4` for `r^2` and for the root, and so they depend
    on the scale of the loss. With other directions it is our composition: `|d|` is the length of the direction, as in
    `dog`.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax import learning_rate
        >>> from lropt_jax.optimizers import sgd
        >>> tx, params = sgd(dowg(r_eps=0.1)), jnp.array([3.0, 4.0])
        >>> state = tx.init(params)
        >>> for _ in range(3):
        ...     updates, state = tx.update(params, state, params)
        ...     params = params + updates
        ...     print(f"{learning_rate(state):.3f} {state.rate.distance:.2f}")
        0.120 0.60
        0.090 0.60
        0.176 1.00
    """

    def init(params: optax.Params) -> tuple[jax.Array, DowgState]:
        return real(0), copied(DowgState(widened(params), first_distance(params, r_eps, relative), real(0)))

    def next_rate(state: DowgState, reading: Reading) -> tuple[jax.Array, DowgState]:
        far = jnp.maximum(state.distance, distance(reading.need("params"), state.start))
        total = added(state.weighted_squares, far**2 * sum_of_squares(reading.direction))
        fits = (total < largest(total)) & (far**2 < largest(total))
        rate = divide(far**2, square_root(total) + real(eps))
        rate = jnp.where(fits, rate, divide(far, jnp.maximum(square_root(total) / far, norm(reading.direction))))
        return rate, DowgState(state.start, far, total)

    return Rate(init, next_rate)
