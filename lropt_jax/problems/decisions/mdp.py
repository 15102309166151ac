"""Markov decision processes: their tables, a check, the exact answer."""

from typing import Any, NamedTuple, Self

import numpy as np

from lropt_jax._core.brief import brief
from lropt_jax._core.checking import check, checked
from lropt_jax._core.kinds import BelowOne, Finite, NonNegative
from lropt_jax._core.limits import array_of
from lropt_jax._core.refusal import Refused, naming
from lropt_jax._core.trees import ArrayLike
from lropt_jax.problems.decisions.gymnasium_table import read


class MDP(NamedTuple):
    """A finite Markov decision process with discounted rewards.

    Where it has `ends`, its episodes end: after the end nothing more is earned.
    """

    rewards: ArrayLike  # R(s, a), expected, (states, actions)
    transitions: ArrayLike  # P(s' | s, a), (states, actions, states)
    discount: BelowOne  # g, in [0, 1)
    layout: tuple[int, int] | None = None  # rows and columns of the picture of the states; None: one column
    ends: ArrayLike | None = None  # P(end | s, a), what `transitions` lack to 1, (states, actions); None: no end
    start: ArrayLike | None = None  # probabilities of the first state, (states,); None: each problem says its own

    def __repr__(self) -> str:
        return brief(self)

    @staticmethod
    def _remedy() -> str:
        """What is said of a tuple or a dict in its place."""
        return (
            "; rewards have the shape (states, actions), transitions (states, actions, states); "
            "or write MDP.from_gymnasium(env)"
        )

    @classmethod
    def from_gymnasium(cls, env: Any, *, discount: BelowOne = 0.99) -> Self:
        """The process of an environment of Gymnasium that shows its table `P`, as FrozenLake, Taxi and CliffWalking do.

        `P[state][action]` is a list of `(probability, next state, reward, terminated)`. Rewards become expected ones.
        A transition with `terminated` ends the episode, whatever `P` says of its next state: nothing is earned after
        it. So values are those of plain value iteration over `P`, and there are as many states as in `P`.

        Args:
            env: The environment, as `gymnasium.make` returns it. It is only read: neither reset nor played.
            discount: Of the rewards, in [0, 1). Gymnasium does not say it.

        Returns:
            The process, with `start` where the environment says how it begins, and with the picture of its map.

        Raises:
            ValueError: The environment has no table `P`, the table is no process, or the discount is outside [0, 1).
            TypeError: `env` is a name. Write `gymnasium.make(name)`.

        Example:
            >>> class Coin:  # any object with such a table: heads earns 1 and ends the episode, tails is thrown again
            ...     P = {0: {0: [(0.5, 0, 1.0, True), (0.5, 0, 0.0, False)]}}
            >>> coin = MDP.from_gymnasium(Coin(), discount=0.5)
            >>> float(policy_iteration(coin)[0][0].round(4))
            0.6667
        """
        with naming("MDP.from_gymnasium"):
            check("discount", BelowOne, discount)
            table = read(env)
            mdp = cls(table.rewards, table.transitions, discount, table.layout, table.ends, table.start)
            tables_of(mdp)
        return mdp


class Tables(NamedTuple):
    """The tables of a valid process, in float64. Transitions sum to less than 1 where episodes end."""

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
    if mdp.ends is None:
        check_probabilities("transitions", transitions)
    else:
        check("transitions", NonNegative, transitions)
        check_probabilities("transitions and ends", np.concatenate([transitions, _ends(mdp, rewards.shape)], -1))
    if mdp.start is not None:
        check_start(mdp.start, len(rewards))
    return Tables(rewards.astype(float), transitions.astype(float), float(np.asarray(mdp.discount)))


def _ends(mdp: MDP, shape: tuple[int, ...]) -> np.ndarray:
    ends = array_of(mdp.ends)
    if ends.shape != shape:
        raise Refused(f"ends must have the shape {shape}, got {ends.shape}.")
    check("ends", NonNegative, ends)
    return ends[..., None]


def check_start(start: ArrayLike, states: int) -> np.ndarray:
    """The probabilities of the first state, or an error."""
    first = array_of(start)
    if first.shape != (states,):
        raise Refused(f"start must have the shape {(states,)}, got {first.shape}.")
    check_probabilities("start", first)
    return first


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
