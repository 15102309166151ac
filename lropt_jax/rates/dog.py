"""DoG: the distance from the start over the root of all squared gradients."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import divide, square_root
from lropt_jax._core.kinds import NonNegative, Positive
from lropt_jax._core.lifting import lift
from lropt_jax._core.magnitudes import added
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
    r_eps: Positive = 1e-6,
    relative: bool = True,
    eps: NonNegative = 1e-8,
    first_rate: Positive | None = None,
) -> Rate:
    """DoG: a rate without a rate to choose, from how far the parameters have come.

    `rate = r / sqrt(sum |d|^2 + eps)`. Here `r = max |x - x0|` is the largest distance so far between the parameters
    `x` and their start `x0`, and the sum is over all directions `d` so far, the present one included. `r` begins at
    `r_eps * (1 + |x0|)` (Ivgi, Hinder and Carmon 2023, arXiv:2302.12022).

    Choose it where no rate is known. The rate does not fall by itself, so evaluate an average of the parameters,
    `polyak_ruppert(sgd(dog()), power=8)`; the authors call that crucial. A rate for each layer (L-DoG) is
    `per_leaf(sgd(dog()))`; the paper's factor `c` is `product(dog(), c)`; a decay at the end is
    `product(dog(), linear(1.0, steps))`.

    Args:
        r_eps: The first movement, > 0. Choose it small against the distance to go. Too small a number costs few steps,
            because the distance can double at each; too large a number diverges. With batch normalisation the authors
            advise 1e-4.
        relative: Multiply `r_eps` by `1 + |x0|`. False: `r_eps` is a length.
        eps: Added to the sum of squares, >= 0. It has the unit of `|d|^2`: gradients far below `sqrt(eps)` hardly move
            the parameters.
        first_rate: The rate of the first update, > 0, in the place of `r_eps`. None: off.

    Returns:
        A rate; `update` needs `params`. State: `start` (`x0`), `distance` (`r`), `sum_of_squares`. Memory: 1 x params,
        float32. Before the first update the rate shown is 0.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    With `sgd` it is the published method. The authors' package decays as `decay(strength, goes_with="gradients")` does.
    With momentum and in `adam(dog())` it is our composition: the sum is over the direction of the step, so no step is
    longer than `r`; the norm of the gradients says nothing about the length of Adam's directions. `optax.contrib.dog`
    keeps `r` and the sum in the parameters' dtype, where bf16 loses them. Parameters in bf16 need `master_weights`:
    they cannot move by 1e-6 of their norm, so `r` would never grow.

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

    def init(params: optax.Params) -> tuple[jax.Array, DogState]:
        moved = first_distance(params, r_eps, relative) if first_rate is None else real(0)
        return real(0), copied(DogState(widened(params), moved, real(0)))

    def next_rate(state: DogState, reading: Reading) -> tuple[jax.Array, DogState]:
        far = jnp.maximum(state.distance, distance(reading.need("params"), state.start))
        total = added(state.sum_of_squares, sum_of_squares(reading.direction))
        root = jnp.maximum(square_root(total + real(eps)), norm(reading.direction))  # the root, unless the sum is held
        rate = divide(far, root)
        if first_rate is not None:
            rate = jnp.where(jnp.asarray(reading.count) == 0, real(first_rate), rate)
        return rate, DogState(state.start, far, total)

    return Rate(init, next_rate)


def first_distance(params: optax.Params, r_eps: ArrayLike, relative: bool) -> jax.Array:
    """The distance that counts as gone before the parameters have moved."""
    return real(r_eps) * (1 + norm(params)) if relative else real(r_eps)
