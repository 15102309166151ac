"""Markov decision processes: a check, the exact answer, a simulator."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.brief import brief
from lropt_jax._core.checking import check, checked
from lropt_jax._core.kinds import BelowOne, Finite, NonNegative
from lropt_jax._core.limits import array_of
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.trees import ArrayLike
from lropt_jax.problems.views import Grid


class MDP(NamedTuple):
    """A finite Markov decision process with discounted rewards."""

    rewards: ArrayLike  # R(s, a), expected, (states, actions)
    transitions: ArrayLike  # P(s' | s, a), (states, actions, states)
    discount: BelowOne  # g, in [0, 1)
    layout: tuple[int, int] | None = None  # rows and columns of the picture of the states; None: one column

    def __repr__(self) -> str:
        return brief(self)


class Tables(NamedTuple):
    """The tables of a valid process, in float64."""

    rewards: np.ndarray
    transitions: np.ndarray
    discount: float


def tables_of(mdp: MDP) -> Tables:
    """The tables of a process, or one error that says what is wrong with it."""
    rewards, transitions = array_of(mdp.rewards), array_of(mdp.transitions)
    if rewards.ndim != 2 or rewards.size == 0:
        raise Refused(f"rewards must have the shape (states, actions), got {rewards.shape}.")
    wanted = (*rewards.shape, rewards.shape[0])
    if transitions.shape != wanted:
        raise Refused(f"transitions must have the shape {wanted}, got {transitions.shape}.")
    if mdp.layout is not None and np.prod(mdp.layout) != len(rewards):
        raise Refused(f"layout must have room for {len(rewards)} states, got {mdp.layout}.")
    check("rewards", Finite, rewards)
    check("discount", BelowOne, mdp.discount)
    check_probabilities("transitions", transitions)
    return Tables(rewards.astype(float), transitions.astype(float), float(np.asarray(mdp.discount)))


def check_probabilities(name: str, array: np.ndarray) -> None:
    """Refuse an array that is not probabilities along its last axis."""
    check(name, NonNegative, array)
    sums = np.sum(array, axis=-1, dtype=float)
    worst = np.unravel_index(np.argmax(np.abs(sums - 1)), sums.shape)
    if abs(sums[worst] - 1) > 1e-5:
        where = tuple(int(index) for index in worst)
        raise Refused(f"{name} must sum to 1 along the last axis, got {sums[worst]:.6g} at {where}.")


@checked
def policy_iteration(mdp: MDP) -> tuple[np.ndarray, np.ndarray]:
    """The optimal values and a policy that reaches them, exactly, in float64.

    The values of a policy solve `V = R_p + g P_p V`. The next policy takes the action that is best by them. The values
    rise until no policy is better (Howard 1960; Sutton and Barto 2018, section 4.3).

    Args:
        mdp: The process.

    Returns:
        Values (states,), and an action for each state (states,).

    Raises:
        ValueError: Rewards are not finite, transitions are no probabilities, a shape is wrong, or the discount is
            outside [0, 1).

    Example:
        >>> earn_or_move = MDP([[1.0, 0.0], [2.0, 0.0]], [[[1, 0], [0, 1]], [[0, 1], [1, 0]]], 0.5)
        >>> [each.tolist() for each in policy_iteration(earn_or_move)]
        [[2.0, 4.0], [0, 0]]
    """
    rewards, transitions, discount = tables_of(mdp)
    policy, before = np.argmax(rewards, axis=1), -np.inf
    while True:
        values = evaluate(rewards, transitions, discount, np.eye(rewards.shape[1])[policy])
        if values.sum() <= before:  # in exact arithmetic no policy's values are lower than those before
            return values, policy
        before = values.sum()
        policy = np.argmax(rewards + discount * transitions @ values, axis=1)


def evaluate(rewards: np.ndarray, transitions: np.ndarray, discount: float, policy: np.ndarray) -> np.ndarray:
    """Values (states,) of a policy, given as probabilities of the actions (states, actions)."""
    earned = np.sum(policy * rewards, axis=1)
    moved = np.einsum("sa,sat->st", policy, transitions)
    return np.linalg.solve(np.eye(len(earned)) - discount * moved, earned)


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


def draw(key: jax.Array, cumulative: jax.Array) -> jax.Array:
    """One outcome along the last axis, by inversion: how many of the sums a uniform number is not below."""
    uniform = jax.random.uniform(key, cumulative.shape[:-1], cumulative.dtype)
    return jnp.sum(uniform[..., None] >= cumulative, axis=-1, dtype=jnp.int32)


def shown(values: jax.Array, layout: tuple[int, int] | None) -> Grid:
    """Values (states,) in the layout of the process."""
    rows, columns = layout or (values.size, 1)
    names = [str(row) for row in range(rows)], [str(column) for column in range(columns)] if layout else ["value"]
    return Grid(values.reshape(rows, columns), *names, *(("column", "row") if layout else ("", "state")))
