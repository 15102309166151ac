"""DoG: the distance from the start over the root of all squared gradients."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.accumulators import divide, square_root
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.vectors import distance, norm, sum_of_squares
from lropt_jax._core.wrapping import copied, widened


class DogState(NamedTuple):
    """State of `dog`."""

    start: optax.Params
    distance: jax.Array
    sum_of_squares: jax.Array


@lift
def dog(
    *,
    r_eps: ArrayLike = 1e-6,
    relative: bool = True,
    eps: ArrayLike = 1e-8,
    first_rate: ArrayLike | None = None,
) -> Rate:
    """DoG: a rate without a rate to choose, from how far the parameters have come.

    `rate = r / sqrt(sum |d|^2 + eps)`, with `r = max |x - x0|`, the farthest that the parameters `x` have been from
    their start `x0`, and the sum over all directions `d` so far, with the present one. `r` begins at
    `r_eps * (1 + |x0|)` (Ivgi, Hinder and Carmon 2023, arXiv:2302.12022).

    Choose it where no rate is known. It does not fall by itself, so what is evaluated must be an average,
    `polyak_ruppert(sgd(dog()), power=8)`: to the authors that is crucial. A rate for each layer (L-DoG) is
    `per_leaf(sgd(dog()))`; the paper's factor `c` is `product(dog(), c)`; a decay at the end is
    `product(dog(), linear(1.0, steps))`.

    Args:
        r_eps: The first movement, > 0: small against the way to go. Too small costs few steps, as the distance can
            double at each; too large diverges. With batch normalisation the authors advise 1e-4.
        relative: Multiply `r_eps` by `1 + |x0|`. False: `r_eps` is a length.
        eps: Added to the sum of squares, >= 0. Compare it with `|d|^2`: a whole run of gradients below `sqrt(eps)`
            hardly moves.
        first_rate: The rate of the first update, > 0, instead of `r_eps`. None: none.

    Returns:
        A rate; `update` needs `params`. State: `start` (`x0`), `distance` (`r`), `sum_of_squares`. Memory: 1 x params,
        float32. Before the first update the rate shown is 0.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    With `sgd` as published, and with decay as in the authors' package by `decay_coupling="gradients"`. Momentum and
    `adam(dog())` are our compositions: what is summed is the direction that is stepped along, so that no step is ever
    longer than `r`; the gradients' own norm says nothing about the length of Adam's directions. `optax.contrib.dog`
    keeps `r` and the sum in the parameters' dtype, where bf16 loses them. Parameters themselves in bf16 need
    `master_weights`: they do not move by 1e-6 of their norm, and `r` would never grow.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax import learning_rate
        >>> from lropt_jax.optimizers import sgd
        >>> tx, params = sgd(dog(r_eps=0.1)), jnp.array([3.0, 4.0])
        >>> state = tx.init(params)
        >>> for _ in range(3):
        ...     updates, state = tx.update(params, state, params)
        ...     params = params + updates
        ...     print(f"{learning_rate(state):.3f} {state.rate.distance:.2f}")
        0.120 0.60
        0.090 0.60
        0.128 1.00
    """
    checks.positive("dog", r_eps=r_eps)
    checks.nonnegative("dog", eps=eps)
    if first_rate is not None:
        checks.positive("dog", first_rate=first_rate)

    def init(params: optax.Params) -> tuple[jax.Array, DogState]:
        moved = first_distance(params, r_eps, relative) if first_rate is None else real(0)
        return real(0), copied(DogState(widened(params), moved, real(0)))

    def next_rate(state: DogState, reading: Reading) -> tuple[jax.Array, DogState]:
        far = jnp.maximum(state.distance, distance(reading.need("params"), state.start))
        total = state.sum_of_squares + sum_of_squares(reading.direction)
        rate = divide(far, square_root(total + real(eps)))
        if first_rate is not None:
            rate = jnp.where(jnp.asarray(reading.count) == 0, real(first_rate), rate)
        return rate, DogState(state.start, far, total)

    return Rate(init, next_rate)


def first_distance(params: optax.Params, r_eps: ArrayLike, relative: bool) -> jax.Array:
    """How far the parameters count as having come before they have moved."""
    return real(r_eps) * (1 + norm(params)) if relative else real(r_eps)
