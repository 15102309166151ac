"""The distance `d` to the solution that D-Adaptation and Prodigy estimate: where it starts, how it grows and stops."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import divide
from lropt_jax._core.numbers import value_at


class Distance(NamedTuple):
    """The arguments that limit `d`. None: off."""

    d0: ArrayLike | optax.Schedule
    coefficient: ArrayLike | optax.Schedule
    growth_limit: ArrayLike | optax.Schedule | None
    cap: ArrayLike | optax.Schedule | None
    stop_after: ArrayLike | None

    def start(self) -> jax.Array:
        """The first `d`, in a buffer of its own: a state may be donated."""
        return jnp.array(self._capped(value_at(self.d0, 0), jnp.zeros((), jnp.int32)), copy=True)

    def estimate(self, numerator: jax.Array, denominator: jax.Array, count: jax.Array) -> jax.Array:
        """A lower bound of the distance; 0, which changes nothing, as long as all gradients are 0."""
        return value_at(self.coefficient, count) * divide(numerator, denominator)

    def grown(
        self, d: jax.Array, estimate: jax.Array, count: jax.Array, base: jax.Array, free: ArrayLike = False
    ) -> jax.Array:
        """`d` after an update: it never falls, and it grows as far as the estimate and the limits allow.

        It stays where `base`, the multiplier of this update, is 0. `free` lifts the limit of growth.
        """
        if self.growth_limit is not None:
            estimate = jnp.where(free, estimate, jnp.minimum(estimate, d * value_at(self.growth_limit, count)))
        adapts = base > 0
        if self.stop_after is not None:
            adapts &= count < jnp.asarray(self.stop_after)
        return jnp.where(adapts, self._capped(jnp.maximum(d, estimate), count), d)

    def _capped(self, d: jax.Array, count: jax.Array) -> jax.Array:
        return d if self.cap is None else jnp.minimum(d, value_at(self.cap, count))


def pace(before: Any, after: Any) -> jax.Array:
    """The factor of the rate where it is `d` alone, as it was before the update."""
    return before.d


def inverse(rate: jax.Array) -> jax.Array:
    """`1 / rate`, which takes the rate out of moments that contain it; 0 where the rate is 0 and nothing moves."""
    return divide(jnp.ones_like(rate), rate)
