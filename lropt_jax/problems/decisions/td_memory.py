"""What TD remembers of its walks: eligibility traces, or the last n transitions."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from lropt_jax.problems.decisions.moves import Moves


class Recent(NamedTuple):
    """The last transitions of each walk, the newest at the end."""

    states: jax.Array  # (walkers, n) int32
    rewards: jax.Array  # (walkers, n)
    held: jax.Array  # (walkers,) how many of them there are


def traces(values: jax.Array, walkers: int) -> jax.Array:
    """Traces before the first step, (walkers, states)."""
    return jnp.zeros((walkers, len(values)), values.dtype)


def traced(trace: jax.Array, moves: Moves, errors: jax.Array, fading: jax.Array) -> tuple[jax.Array, jax.Array]:
    """What all values move by under TD(lambda), and the traces (Sutton and Barto 2018, section 12.2).

    `z <- g lambda z + e(s)`, and the values move by `error * z`. Several walks at one state count as their mean.
    """
    trace = (fading * trace).at[jnp.arange(len(trace)), moves.states].add(1)
    moved = errors @ trace / jnp.maximum(jnp.sum(jnp.minimum(trace, 1), 0), 1)
    return moved, jnp.where(moves.cut[:, None], 0, trace)


def recent(values: jax.Array, walkers: int, steps: int) -> Recent:
    """No transition yet."""
    zeros = jnp.zeros((walkers, steps))
    return Recent(zeros.astype(jnp.int32), zeros.astype(values.dtype), jnp.zeros(walkers, jnp.int32))


def n_step(
    held: Recent, moves: Moves, values: jax.Array, ahead: jax.Array, discount: jax.Array
) -> tuple[jax.Array, Recent]:
    """What all values move by under n-step TD, and the transitions to remember (Sutton and Barto 2018, section 7.1).

    The state of `n` steps ago moves toward `r + g r' + ... + g^n V(now)`; `ahead` are the values after the last step.
    At the end of an episode all states that are left move at once, each toward what it was followed by.
    """
    states = jnp.concatenate([held.states[:, 1:], moves.states[:, None]], 1)
    rewards = jnp.concatenate([held.rewards[:, 1:], moves.rewards[:, None]], 1)
    steps = states.shape[1]
    many = jnp.minimum(held.held + 1, steps)

    def earlier(after: jax.Array, reward: jax.Array) -> tuple[jax.Array, jax.Array]:
        here = reward + discount * after
        return here, here

    returns = jax.lax.scan(earlier, ahead, rewards.T, reverse=True)[1].T
    place = jnp.arange(steps)
    due = (place >= steps - many[:, None]) & (moves.cut[:, None] | (place == 0))
    moved = _spread(values, states, jnp.where(due, returns - values[states], 0), due)
    return moved, Recent(states, rewards, jnp.where(moves.cut, 0, many))


def _spread(values: jax.Array, states: jax.Array, errors: jax.Array, due: jax.Array) -> jax.Array:
    """Errors (walkers, n) at their states: the sum of a walk, and the mean of the walks that have one there."""
    walkers = jnp.arange(len(states))[:, None]
    empty = jnp.zeros((len(states), len(values)), values.dtype)
    sums = empty.at[walkers, states].add(errors)
    touched = empty.at[walkers, states].max(due.astype(values.dtype))
    return jnp.sum(sums, 0) / jnp.maximum(jnp.sum(touched, 0), 1)
