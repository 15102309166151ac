"""What the libraries make of a result that is NaN: a bad one. `plateau` and `greedy` take it for no result."""

from typing import Any

import jax.numpy as jnp
from jax.typing import ArrayLike

from lropt_jax._core.numbers import real
from lropt_jax.rates import Rate, Reading


def nan_is_bad(rate: Rate, mode: str) -> Rate:
    """The rate, which gets the worst possible result in the place of NaN, and a finite best possible one."""
    worst = jnp.inf if mode == "min" else -jnp.inf
    best = -jnp.sign(worst) * jnp.finfo(real(0).dtype).max  # nothing is better than infinity, and nothing than this

    def next_rate(state: Any, reading: Reading) -> tuple[ArrayLike, Any]:
        if reading.value is not None:
            value = real(reading.value)
            reading = reading._replace(
                value=jnp.where(jnp.isnan(value), worst, jnp.where(value == -worst, best, value))
            )
        return rate.next(state, reading)

    return Rate(rate.init, next_rate)
