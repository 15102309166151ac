"""What Adam's family shares: two moments of the gradients, a direction made of them, and a limit of its length."""

from collections.abc import Callable
from typing import Any, NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import average, debias, full, root, square, times, weight, wide, zeros
from lropt_jax._core.kinds import Average, Epsilon, Limit
from lropt_jax._core.magnitudes import rms
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.slots import Moments, Squares
from lropt_jax.optimizers._stability import averaged, last
from lropt_jax.optimizers.descent import Direction


class AdamState(NamedTuple):
    """State of `adam` and of relatives that remember no more than it does."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Moments
    nu: Squares


class Now(NamedTuple):
    """What Adam's family knows at an update: how many were made before, how many with this one, and its numbers."""

    count: jax.Array  # type: ignore[assignment]
    made: jax.Array
    b1: jax.Array
    b2: jax.Array
    eps: jax.Array

    @property
    def weights(self) -> tuple[jax.Array, jax.Array]:
        """The weights that `mu` and `nu` have gathered since they started at 0."""
        return weight(self.b1, self.made), weight(self.b2, self.made)


def mean_square(v: jax.Array, g: jax.Array, m: jax.Array, now: Now) -> jax.Array:
    """Adam's second moment of a leaf."""
    return average(v, square(g), now.b2)


def corrected(state: AdamState, grads: optax.Updates, now: Now, eps_in_sqrt: bool = False) -> tuple:
    """Adam's direction, `(mu / weight) / (sqrt(nu / weight') + eps)`. Only numbers are divided by the weights."""
    first, second = now.weights
    ratio, nothing = first / jnp.sqrt(second), jnp.zeros_like(first)
    inside, outside = (second * now.eps, nothing) if eps_in_sqrt else (nothing, first * now.eps)
    return jax.tree.map(lambda m, v: _corrected(m, v, ratio, inside, outside), state.mu, state.nu), state


@jax.jit
def _corrected(m: jax.Array, v: jax.Array, ratio: jax.Array, inside: jax.Array, outside: jax.Array) -> jax.Array:
    return m / (times(ratio, root(v, inside, eps_in_sqrt=True)) + outside.astype(v.dtype))


def moments(
    b1: Average,
    b2: Average,
    eps: Epsilon,
    *,
    towards: Callable[[Any, optax.Updates, Now], tuple[optax.Updates, Any]] = corrected,
    second: Callable[[jax.Array, jax.Array, jax.Array, Now], jax.Array] = mean_square,
    start: Epsilon = 0.0,
    state: type = AdamState,
    slots: Callable[[optax.Params], dict[str, Any]] = lambda params: {},
    scale: Callable[[Any, Now], optax.Updates] | None = None,
    clip_threshold: Limit | None = None,
) -> Direction:
    """The form that Adam's family shares: `mu`, the average of the gradients, and `nu`, a second moment.

    A relative says where it differs from Adam. `towards(state, grads, now)` makes the direction, and gives the state
    too. `second(v, g, m, now)` gives the next value of a leaf of `nu`. `start` is where `nu` begins. `slots(params)`
    gives the other fields of `state`. `scale(state, now)` gives what multiplied `mu` over its weight in the last
    update. None: the direction has another form, and no known limit. `clip_threshold` is that of `clipped`.
    """

    def at(count: jax.Array) -> Now:
        return Now(count, optax.safe_increment(count), *(value_at(number, count) for number in (b1, b2, eps)))

    def init(params: optax.Params) -> dict:
        return {"mu": zeros(params), "nu": full(params, value_at(start, 0)), **slots(params)}

    def apply(grads: optax.Updates, state: Any, params: optax.Params | None) -> tuple:
        now = at(state.count)
        mu = jax.tree.map(lambda m, g: average(m, wide(g), now.b1), state.mu, grads)
        nu = jax.tree.map(lambda v, g, m: second(v, wide(g), m, now), state.nu, grads, mu)
        steps, after = towards(state._replace(mu=mu, nu=nu), grads, now)
        return (steps if clip_threshold is None else clipped(steps, grads, after.nu, now, clip_threshold)), after

    def last_scale(state: Any, params: optax.Params) -> optax.Updates:
        return scale(state, at(last(state.count)))  # type: ignore[misc]

    def limit(state: Any) -> jax.Array:
        return averaged(at(last(state.count)).b1, state.count)

    known = scale if clip_threshold is None else None  # what was clipped depends on gradients that nobody keeps
    return Direction(state, init, apply, scale=known and last_scale, limit=known and limit)


def clipped(steps: optax.Updates, grads: optax.Updates, nu: optax.Updates, now: Now, top: Limit) -> optax.Updates:
    """Steps over `max(1, RMS / top)`, where RMS is the root mean square of `g / sqrt(nu / weight)` over a leaf.

    No root counts as less than `eps` (Wortsman et al. 2023, arXiv:2304.13013, algorithm 2).
    """
    _, second = now.weights
    limit = value_at(top, now.count)

    def short(step: jax.Array, g: jax.Array, v: jax.Array) -> jax.Array:
        size = jnp.maximum(root(debias(v, second), real(0), eps_in_sqrt=False), now.eps.astype(v.dtype))
        return times(1 / jnp.maximum(1, rms(wide(g) / size) / limit), step)

    return jax.tree.map(short, steps, grads, nu)
