"""The table `P` that some environments of Gymnasium show, as arrays. Gymnasium itself is not needed."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from lropt_jax._core.limits import array_of, shown
from lropt_jax._core.refusal import Refused, WrongType


class Table(NamedTuple):
    """What a table says of a process."""

    rewards: np.ndarray  # expected, (states, actions)
    transitions: np.ndarray  # without those that end the episode, (states, actions, states)
    ends: np.ndarray | None  # the others, (states, actions); None: there are none
    start: np.ndarray | None  # (states,)
    layout: tuple[int, int] | None  # rows and columns of its map


def read(env: Any) -> Table:
    """The table of an environment, or one error that says what is wrong with it."""
    if isinstance(env, str):
        raise WrongType(f"env must be an environment, got {env!r}; write gymnasium.make({env!r}).")
    inner = getattr(env, "unwrapped", env)
    outcomes = _outcomes(env, getattr(inner, "P", None))
    states, actions = len(outcomes), len(outcomes[0])
    rewards, ends = np.zeros((states, actions)), np.zeros((states, actions))
    transitions = np.zeros((states, actions, states))
    for state, row in enumerate(outcomes):
        for action, rows in enumerate(row):
            for probability, following, reward, terminated in _checked(rows, f"env.P[{state}][{action}]", states):
                rewards[state, action] += probability * reward
                if terminated:
                    ends[state, action] += probability
                else:
                    transitions[state, action, int(following)] += probability
    start = getattr(inner, "initial_state_distrib", None)
    start = None if start is None else array_of(start).astype(float)
    return Table(rewards, transitions, ends if ends.any() else None, start, _layout(inner, states))


def _outcomes(env: Any, table: Any) -> list[list[Any]]:
    """The lists of outcomes, by state and action."""
    if not isinstance(table, (Mapping, Sequence)) or isinstance(table, str) or not len(table):
        raise Refused(
            f"env must have a table P, as FrozenLake, Taxi and CliffWalking have, got {shown(env)}; "
            "an environment that can only be played is a Simulator, or environment= of policy_gradient."
        )
    rows = [_listed(table, "env.P")[state] for state in range(len(table))]
    listed = [_listed(row, f"env.P[{state}]") for state, row in enumerate(rows)]
    many = {len(row) for row in listed}
    if len(many) != 1 or many == {0}:
        raise Refused(f"env.P must have as many actions in every state, at least one, got {sorted(many)}.")
    return listed


def _listed(table: Any, name: str) -> list[Any]:
    """The entries 0, 1, ... of a dict or a list."""
    good = isinstance(table, (Mapping, Sequence)) and not isinstance(table, str)
    if not good or (isinstance(table, Mapping) and set(table) != set(range(len(table)))):
        raise Refused(f"{name} must be a dict or a list by the whole numbers 0, 1, ..., got {shown(table)}.")
    return [table[index] for index in range(len(table))]


def _checked(rows: Any, name: str, states: int) -> list[tuple[float, int, float, bool]]:
    """Outcomes of an action, or an error."""
    try:
        found = [(float(p), float(to), float(reward), bool(ended)) for p, to, reward, ended in rows]
    except (TypeError, ValueError):
        raise Refused(
            f"{name} must be a list of (probability, next state, reward, terminated), got {shown(rows)}."
        ) from None
    if not all(p >= 0 for p, *_ in found) or not abs(sum(p for p, *_ in found) - 1) < 1e-5:
        raise Refused(f"{name} must have probabilities >= 0 that sum to 1, got {[p for p, *_ in found]}.")
    for _, to, reward, _ in found:
        if to not in range(states):
            raise Refused(f"{name} must lead to states from 0 to {states - 1}, got {to:g}.")
        if not np.isfinite(reward):
            raise Refused(f"{name} must have finite rewards, got {reward}.")
    return [(p, int(to), reward, ended) for p, to, reward, ended in found]


def _layout(inner: Any, states: int) -> tuple[int, int] | None:
    """Rows and columns of the map that the states are places of."""
    for names in (("nrow", "ncol"), ("shape",)):
        found = [getattr(inner, name, None) for name in names]
        shape = found[0] if len(found) == 1 else found
        try:
            rows, columns = map(int, shape)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            continue
        if rows * columns == states:
            return rows, columns
    return None
