"""The rates and the decay of the next updates: how far a direction that shrinks will still go."""

from typing import Any

import jax
import jax.numpy as jnp

from lropt_jax._core.decay import DecayRule
from lropt_jax._core.idle import Idle
from lropt_jax._core.numbers import plus, real, value_at
from lropt_jax._core.rate import Rate

_STEPS = 128  # updates that are looked at one by one; after them the rate counts as constant


def reach(idle: Idle, learning_rate: Any, decay: DecayRule | None, state: Any) -> jax.Array:
    """How far a direction of 1 goes in all later updates, in parameters of today: before later decay shrinks them.

    The sum over `j >= 1` of `rate * ratio^j * scale`, each over the share of a parameter that is left after that
    update. A self-setting rate counts as it is now.
    """
    if idle.towards is None:
        return real(0)
    after = jnp.arange(1, _STEPS + 1)
    steps, made = plus(state.count, after - 1), plus(state.count, after)
    rates = rates_at(steps, learning_rate, state)
    left = jnp.zeros(_STEPS, rates.dtype) if decay is None else jnp.cumsum(log_left(decay, steps, rates))
    ratio = real(idle.ratio)
    terms = rates * real(idle.scale(made)) * ratio ** real(after) / jnp.exp(left)
    shrinks = ratio / jnp.exp(left[-1] - left[-2])
    return jnp.sum(terms) + terms[-1] * shrinks / (1 - shrinks)


def rates_at(steps: jax.Array, learning_rate: Any, state: Any) -> jax.Array:
    """The rates of some updates."""
    if isinstance(learning_rate, Rate):
        return jnp.full(steps.shape, state.learning_rate)
    return jax.vmap(lambda step: real(value_at(learning_rate, step)))(steps)


def log_left(decay: DecayRule, steps: jax.Array, rates: jax.Array) -> jax.Array:
    """The logarithm of what each of some updates leaves of a parameter."""

    def of(step: jax.Array, rate: jax.Array) -> jax.Array:
        share = decay.share(step, rate)
        return jnp.zeros_like(rate) if share is None else jnp.log1p(-real(share))

    return jax.vmap(of)(steps, rates) if steps.ndim else of(steps, rates)
