"""Value iteration: steps toward the Bellman operator."""

import jax
import jax.numpy as jnp

from lropt_jax._core.checking import checked
from lropt_jax._core.numbers import real
from lropt_jax.objectives import bellman
from lropt_jax.problems.gridworld import gridworld
from lropt_jax.problems.mdp import MDP, policy_iteration, shown, tables_of
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.recipe import Recipe


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
    tables, layout = tables_of(mdp), mdp.layout
    optimum = real(policy_iteration(mdp)[0])

    def field(rewards: jax.Array, transitions: jax.Array, discount: jax.Array, values: jax.Array, state, key) -> tuple:
        residual = values - bellman(values, rewards, transitions, discount)
        return residual, state, jnp.max(jnp.abs(residual))

    return Problem(
        init=jax.tree_util.Partial(lambda optimum, key: (jnp.zeros_like(optimum), ()), optimum),
        field=jax.tree_util.Partial(field, real(tables.rewards), real(tables.transitions), real(tables.discount)),
        judge=jax.tree_util.Partial(lambda optimum, values, state: jnp.max(jnp.abs(values - optimum)), optimum),
        view=lambda values, state: shown(values, layout),
        name="value_iteration",
        value="monitor",
        recipe=Recipe(100, ("sgd",), "0.1,0.25,0.5,0.75,0.9,1,1.02,1.05,1.1,1.25,1.5", "constant", seeds=1),
    )
