"""A straight rise before a curve."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.curves import between
from lropt_jax._core.ends import later_end, with_end
from lropt_jax._core.numbers import before, minus


def with_rise(curve: optax.Schedule, first: ArrayLike, top: ArrayLike, steps: ArrayLike) -> optax.Schedule:
    """A straight line from `first` to `top` over `steps`, then a curve from its own step 0."""

    def schedule(step: ArrayLike) -> jax.Array:
        return xp.choose(
            before(step, steps),
            lambda: between(step, first, top, steps),
            lambda: curve(xp.maximum(minus(step, steps), 0)),
        )

    return with_end(schedule, lambda: later_end(curve, steps))
