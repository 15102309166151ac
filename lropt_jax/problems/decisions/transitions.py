"""A log of a process: rows of state, action, reward, next state, and whether the episode ended."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.brief import brief
from lropt_jax._core.checking import check
from lropt_jax._core.kinds import BelowOne, CountFromZero, Finite, Size
from lropt_jax._core.limits import array_of, shown
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.trees import ArrayLike
from lropt_jax.problems.decisions.mdp import MDP

MOST = 4_000_000  # probabilities of a table that is still solved exactly: 32 MB in float64


class Transitions(NamedTuple):
    """A log of a process, one row a step, in the order in which they happened.

    `Transitions(*zip(*rows), discount=0.9)` makes one of a list of rows `(s, a, r, s', done)`. States and actions are
    whole numbers from 0. A row whose next state is not the state of the row below ends a piece of the log; `done` says
    that the episode itself ended, so that nothing was to be earned after it.

    Example:
        >>> rows = [(0, 1, 0.0, 1, False), (1, 0, 1.0, 1, True), (0, 0, 0.5, 0, True)]
        >>> Transitions(*zip(*rows), discount=0.9)
        Transitions(states=(0, 1, 0), actions=(1, 0, 0), rewards=(0.0, 1.0, 0.5), next_states=(1, 1, 0),
        done=(False, True, True), discount=0.9, shape=None, layout=None)
    """

    states: ArrayLike  # (rows,)
    actions: ArrayLike  # (rows,)
    rewards: ArrayLike  # (rows,)
    next_states: ArrayLike  # (rows,)
    done: ArrayLike  # (rows,) True or 1 where the episode ended
    discount: BelowOne  # g, in [0, 1)
    shape: tuple[Size, Size] | None = None  # how many states and actions there are; None: 1 + the largest in the log
    layout: tuple[int, int] | None = None  # rows and columns of the picture of the states; None: one column

    def __repr__(self) -> str:
        return brief(self)


class Log(NamedTuple):
    """The rows of a valid log on the device."""

    states: jax.Array  # (rows,) int32, and so are the actions and the next states
    actions: jax.Array
    rewards: jax.Array
    next_states: jax.Array
    ended: jax.Array  # (rows,) bool
    cut: jax.Array  # (rows,) bool: the row below does not go on from here
    discount: jax.Array  # ()


def log_of(log: Transitions) -> tuple[Log, tuple[int, int]]:
    """The rows of a log and its numbers of states and actions, or one error that says what is wrong with it."""
    names = ("states", "actions", "rewards", "next_states", "done")
    columns = {name: _column(name, getattr(log, name)) for name in names}
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) != 1:
        got = ", ".join(f"{length} {name}" for name, length in lengths.items())
        raise Refused(f"states, actions, rewards, next_states and done must have one length, got {got}.")
    check("rewards", Finite, columns["rewards"])
    check("discount", BelowOne, log.discount)
    if not np.all((columns["done"] == 0) | (columns["done"] == 1)):
        raise Refused(f"done must be True or False in every row, got {columns['done'][columns['done'] > 1]}.")
    s, a, r, t, done = columns.values()
    shape = _shape(log, max(s.max(), t.max()) + 1, a.max() + 1)
    ended = done.astype(bool)
    cut = ended | (np.roll(s, -1) != t)
    cut[-1] = True
    whole = [jnp.asarray(column, jnp.int32) for column in (s, a, t)]
    rows = whole[0], whole[1], real(r), whole[2], jnp.asarray(ended), jnp.asarray(cut)
    return Log(*rows, real(log.discount)), shape


def _column(name: str, column: Any) -> np.ndarray:
    try:
        found = array_of(column)
    except Refused:
        raise Refused(f"{name} must be a column of numbers, got {shown(column)}.") from None
    if found.ndim != 1 or not len(found):
        raise Refused(f"{name} must have the shape (rows,), at least one row, got {found.shape}.")
    if name != "rewards":
        check(name, CountFromZero, found.astype(int) if found.dtype == bool else found)
    return found


def _shape(log: Transitions, states: int, actions: int) -> tuple[int, int]:
    """The numbers of states and actions, with room for those in the log."""
    if log.shape is not None:
        check("shape", tuple[Size, Size], log.shape)
        for name, room, needed in zip(("states", "actions"), log.shape, (states, actions), strict=True):
            if needed > room:
                raise Refused(f"{name} must be whole numbers from 0 to {room - 1}, got {needed - 1}; see shape.")
        states, actions = log.shape
    if log.layout is not None and np.prod(log.layout) != states:
        raise Refused(f"layout must have room for {states} states, got {log.layout}.")
    return int(states), int(actions)


def empirical(log: Log, shape: tuple[int, int]) -> MDP | None:
    """The process that the log describes: its mean rewards and the shares of what followed (certainty equivalence).

    An action that the log never takes in a state ends the episode and earns nothing: its value stays 0, as in learning
    from the log. None: its table would be too large.
    """
    states, actions = shape
    if states * states * actions > MOST:
        return None
    s, a, r, t, ended = (np.asarray(column) for column in log[:5])
    rewards, moves, ends = np.zeros(shape), np.zeros((*shape, states)), np.zeros(shape)
    np.add.at(rewards, (s, a), r)
    np.add.at(moves, (s[~ended], a[~ended], t[~ended]), 1)
    np.add.at(ends, (s[ended], a[ended]), 1)
    seen = moves.sum(-1) + ends
    many = np.maximum(seen, 1)
    return MDP(
        rewards / many, moves / many[..., None], float(np.asarray(log.discount)), None, ends / many + (seen == 0)
    )
