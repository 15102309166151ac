"""What problems on tables share: the start, the error, draws, the picture."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.numbers import real
from lropt_jax.problems.decisions.mdp import MDP
from lropt_jax.problems.views import Grid


def from_zero(answer: jax.Array, key: jax.Array) -> tuple[jax.Array, tuple]:
    """Values of 0, as many as the answer has."""
    return jnp.zeros_like(answer), ()


def largest_error(answer: jax.Array, values: jax.Array, state: Any) -> jax.Array:
    """The largest error of any value."""
    return jnp.max(jnp.abs(values - answer))


def cumulative(probabilities: np.ndarray) -> jax.Array:
    """Cumulative probabilities, for `draw`; exactly 1 from the last possible outcome on."""
    sums = np.cumsum(probabilities, axis=-1, dtype=float)
    return real(sums / sums[..., -1:])


def outcomes(mdp: MDP, transitions: np.ndarray) -> jax.Array:
    """Cumulative probabilities of what follows: the states, and as one outcome more the end, where there is one."""
    if mdp.ends is None:
        return cumulative(transitions)
    return cumulative(np.concatenate([transitions, np.asarray(mdp.ends, float)[..., None]], -1))


def draw(key: jax.Array, cumulative: jax.Array) -> jax.Array:
    """One outcome along the last axis, by inversion: how many of the sums a uniform number is not below."""
    uniform = jax.random.uniform(key, cumulative.shape[:-1], cumulative.dtype)
    return jnp.sum(uniform[..., None] >= cumulative, axis=-1, dtype=jnp.int32)


def mean_by_entry(table: jax.Array, index: Any, errors: jax.Array) -> jax.Array:
    """A table of errors (n,) at their entries; several at one entry count as their mean, so a rate is a share."""
    sums = jnp.zeros_like(table).at[index].add(errors)
    if len(errors) == 1:
        return sums
    return sums / jnp.maximum(jnp.zeros_like(table).at[index].add(1), 1)


def shown(values: jax.Array, layout: tuple[int, int] | None) -> Grid:
    """Values (states,) in the layout of the process."""
    rows, columns = layout or (values.size, 1)
    names = [str(row) for row in range(rows)], [str(column) for column in range(columns)] if layout else ["value"]
    return Grid(values.reshape(rows, columns), *names, *(("column", "row") if layout else ("", "state")))
