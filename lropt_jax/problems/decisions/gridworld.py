"""The grid world of the textbook."""

import numpy as np

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import BelowOne, Fraction
from lropt_jax.problems.decisions.mdp import MDP

_SIZE = 5
_JUMPS = {(0, 1): ((4, 1), 10.0), (0, 3): ((2, 3), 5.0)}
_MOVES = ((-1, 0), (1, 0), (0, 1), (0, -1))  # north, south, east, west


@checked
def gridworld(*, discount: BelowOne = 0.9, slip: Fraction = 0.0) -> MDP:
    """A walk on 5 x 5 cells that never ends, with known values (Sutton and Barto 2018, examples 3.5 and 3.8).

    Actions are north, south, east, west. In cell (0, 1) every action earns 10 and leads to (4, 1). In (0, 3) every
    action earns 5 and leads to (2, 3). A walk into the wall costs 1 and leads nowhere. All else earns nothing.

    Args:
        discount: Of the rewards, in [0, 1).
        slip: Probability that an action chosen at random replaces the agent's, in [0, 1]. The book has 0.

    Returns:
        A process of 25 states, row by row, and 4 actions.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> from lropt_jax.problems import policy_iteration
        >>> values, _ = policy_iteration(gridworld())
        >>> values[:5].round(1)
        array([22. , 24.4, 22. , 19.4, 17.5])
    """
    rewards, transitions = np.zeros((25, 4)), np.zeros((25, 4, 25))
    for state in range(25):
        for action, move in enumerate(_MOVES):
            end, rewards[state, action] = _step(divmod(state, _SIZE), move)
            transitions[state, action, _SIZE * end[0] + end[1]] = 1

    def slippery(of_action: np.ndarray) -> np.ndarray:
        return (1 - slip) * of_action + slip * of_action.mean(1, keepdims=True)

    return MDP(slippery(rewards), slippery(transitions), discount, (_SIZE, _SIZE))


def _step(cell: tuple[int, int], move: tuple[int, int]) -> tuple[tuple[int, int], float]:
    """Where a move leads, and what it earns."""
    if cell in _JUMPS:
        return _JUMPS[cell]
    there = (cell[0] + move[0], cell[1] + move[1])
    return (there, 0.0) if max(there) < _SIZE and min(there) >= 0 else (cell, -1.0)
