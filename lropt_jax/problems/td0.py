"""TD(0): values of a policy from one walk."""

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.binding import bind
from lropt_jax._core.checking import checked
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.trees import ArrayLike
from lropt_jax.objectives import td_error
from lropt_jax.problems.gridworld import gridworld
from lropt_jax.problems.mdp import MDP, check_probabilities, cumulative, draw, evaluate, largest_error, shown, tables_of
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.recipe import Recipe
from lropt_jax.problems.views import Grid


@checked
def td0(*, mdp: MDP | None = None, policy: ArrayLike | None = None) -> Problem:
    """Find what the states of a process are worth under a policy, from a single walk through it.

    At each step the policy acts, the environment answers, and the value of the state that the walk leaves moves by
    `rate (r + g V(s') - V(s))` (Sutton 1988; `objectives.td_error`). The problem's state is the place of the walk. It
    begins in state 0, from `V = 0`. States that the walk never visits are never learned.

    Here the learning rate trades speed for noise, state by state. Only one value moves at a time, so rates may be
    larger by the number of states that matter, up to 1. Rates that fall like a power of the time, averaged
    (`average_from` of `solve`), reach the answer.

    Args:
        mdp: The process. None: `gridworld()`.
        policy: Probabilities of the actions, shape (states, actions). None: all alike.

    Returns:
        A problem. Parameters are the values (states,). Its value is the squared TD error, which says nothing about the
        rate. The error is the largest one of any value; the true ones solve `V = R_p + g P_p V`.

    Raises:
        ValueError: Rewards are not finite, transitions or the policy are no probabilities, a shape is wrong, or the
            discount is outside [0, 1).

    Example:
        >>> import jax
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import solve
        >>> from lropt_jax.schedules import robbins_monro
        >>> problem = td0()
        >>> solution = solve(problem, sgd(robbins_monro(1.0, 100)), jax.random.key(0), 50_000, average_from=10_000)
        >>> f"{problem.judge(solution.average, solution.state):.2f}"
        '0.49'
    """
    mdp = gridworld() if mdp is None else mdp
    tables = tables_of(mdp)
    actions = np.full(tables.rewards.shape, 1 / tables.rewards.shape[1]) if policy is None else np.asarray(policy)
    if actions.shape != tables.rewards.shape:
        raise Refused(f"policy must have the shape {tables.rewards.shape}, got {actions.shape}.")
    check_probabilities("policy", actions)
    exact = real(evaluate(*tables, actions))
    chances = cumulative(actions), cumulative(tables.transitions)
    return Problem(
        init=bind(_start, exact),
        field=bind(_field, *chances, real(tables.rewards), real(tables.discount)),
        judge=bind(largest_error, exact),
        view=bind(_seen, layout=mdp.layout and tuple(mdp.layout)),
        name="td0",
        value="monitor",
        recipe=Recipe(50_000, ("sgd",), "1e-2:1e0:12", "robbins_monro(rate, 100)"),
    )


def _start(exact: jax.Array, key: jax.Array) -> tuple[jax.Array, jax.Array]:
    return jnp.zeros_like(exact), jnp.zeros((), jnp.int32)


def _field(
    acts: jax.Array, moves: jax.Array, rewards: jax.Array, discount: jax.Array, values: jax.Array, at: jax.Array, key
) -> tuple:
    action_key, move_key = jax.random.split(key)
    action = draw(action_key, acts[at])
    to = draw(move_key, moves[at, action])
    error = td_error(values[at], rewards[at, action], discount, values[to])
    return jnp.zeros_like(values).at[at].set(-error), to, error**2


def _seen(values: jax.Array, at: jax.Array, *, layout: tuple[int, int] | None) -> Grid:
    return shown(values, layout)
