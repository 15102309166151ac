"""What the libraries make of a result that is NaN: a bad one. `plateau` and `greedy` take it for no result."""

from typing import Any

import jax
import jax.numpy as jnp

from lropt_jax._core.numbers import real
from lropt_jax.rates import Rate, Reading


def nan_is_bad(rate: Rate, mode: str) -> Rate:
    """The rate, which gets the worst possible result in the place of NaN."""
    worst = jnp.inf if mode == "min" else -jnp.inf

    def next_rate(state: Any, reading: Reading) -> tuple[jax.Array, Any]:
        if reading.value is not None:
            value = real(reading.value)
            reading = reading._replace(value=jnp.where(jnp.isnan(value), worst, value))
        return rate.next(state, reading)

    return Rate(rate.init, next_rate)
