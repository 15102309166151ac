"""Value iteration: steps toward the Bellman operator."""

import jax
import jax.numpy as jnp

from lropt_jax._core.binding import bind
from lropt_jax._core.checking import checked
from lropt_jax._core.numbers import real
from lropt_jax.objectives import bellman
from lropt_jax.problems.decisions.gridworld import gridworld
from lropt_jax.problems.decisions.mdp import MDP, policy_iteration, tables_of
from lropt_jax.problems.decisions.tabular import from_zero, largest_error, shown
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.recipe import Recipe
from lropt_jax.problems.views import Grid


@checked
def value_iteration(*, mdp: MDP | None = None) -> Problem:
    """Find what the states of a known process are worth to one who acts best.

    The field is `V - T V`, with the Bellman operator `T` (`objectives.bellman`), from `V = 0`. Its value is the largest
    entry of the field: the error is at most that times `1 / (1 - discount)`.

    Here the learning rate is the share of the way to `T V`. `sgd(1.0)` is value iteration (Bellman 1957): the error
    after `t` steps is at most `discount^t` times that of the start. A step at the rate `r` multiplies the error by at
    most `|1 - r| + r discount`, so rates below `2 / (1 + discount)` converge.

    Args:
        mdp: The process. None: `gridworld()`.

    Returns:
        A problem. Parameters are the values (states,). The error is the largest one of any value, by
        `policy_iteration`.

    Raises:
        ValueError: Rewards are not finite, transitions are no probabilities, a shape is wrong, or the discount is
            outside [0, 1).

    Example:
        >>> import jax
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import solve
        >>> values = solve(value_iteration(), sgd(1.0), jax.random.key(0), 100).params
        >>> values[:5].round(1)
        Array([22. , 24.4, 22. , 19.4, 17.5], dtype=float32)
    """
    mdp = gridworld() if mdp is None else mdp
    tables, optimum = tables_of(mdp), real(policy_iteration(mdp)[0])
    return Problem(
        init=bind(from_zero, optimum),
        field=bind(_field, real(tables.rewards), real(tables.transitions), real(tables.discount)),
        judge=bind(largest_error, optimum),
        view=bind(_seen, layout=mdp.layout and tuple(mdp.layout)),
        name="value_iteration",
        value="monitor",
        recipe=Recipe(100, ("sgd",), "0.1,0.25,0.5,0.75,0.9,1,1.02,1.05,1.1,1.25,1.5", "constant", seeds=1),
    )


def _field(
    rewards: jax.Array, transitions: jax.Array, discount: jax.Array, values: jax.Array, state: tuple, key: jax.Array
) -> tuple:
    residual = values - bellman(values, rewards, transitions, discount)
    return residual, state, jnp.max(jnp.abs(residual))


def _seen(values: jax.Array, state: tuple, *, layout: tuple[int, int] | None) -> Grid:
    return shown(values, layout)
