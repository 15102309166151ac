"""Q-learning: the best actions from samples of a process."""

import jax
import jax.numpy as jnp

from lropt_jax._core.binding import bind
from lropt_jax._core.checking import checked
from lropt_jax._core.numbers import real
from lropt_jax.objectives import q_target
from lropt_jax.problems.gridworld import gridworld
from lropt_jax.problems.mdp import MDP, cumulative, draw, from_zero, largest_error, policy_iteration, shown, tables_of
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.recipe import Recipe
from lropt_jax.problems.views import Grid


@checked
def q_learning(*, mdp: MDP | None = None) -> Problem:
    """Find what every action is worth in a process that can only be sampled (Watkins and Dayan 1992).

    It is synchronous: each step tries every action once in every state (the generative model of Wainwright 2019), and
    `Q(s, a)` moves by `rate (r + g max_a' Q(s', a') - Q(s, a))` (`objectives.q_target`), from `Q = 0`.

    Here the learning rate decides how soon the start is forgotten: errors shrink like the product of
    `1 - rate (1 - discount)`. At the textbook's `1 / n` that is `n^-(1 - discount)`, which hardly shrinks.
    `schedules.rescaled_linear(discount)` (Wainwright 2019, arXiv:1905.06265) forgets like `1 / n` and still averages
    the noise out. Rates in [0, 1] keep the values among the sums that rewards can have.

    Args:
        mdp: The process. None: `gridworld(slip=0.1)`.

    Returns:
        A problem. Parameters are the values of actions (states, actions). The error is the largest one of any value,
        by `policy_iteration`. Its value is the mean squared TD error, a monitor and no loss: values that never left 0
        are wrong and have small TD errors.

    Raises:
        ValueError: Rewards are not finite, transitions are no probabilities, a shape is wrong, or the discount is
            outside [0, 1).

    Example:
        >>> import jax
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import solve
        >>> from lropt_jax.schedules import rescaled_linear, robbins_monro
        >>> problem = q_learning()
        >>> for rate in (rescaled_linear(0.9), robbins_monro(1.0, exponent=1.0)):
        ...     solution = solve(problem, sgd(rate), jax.random.key(0), 2000)
        ...     print(f"{problem.judge(solution.params, solution.state):.2f}")
        0.24
        8.02
    """
    mdp = gridworld(slip=0.1) if mdp is None else mdp
    tables = tables_of(mdp)
    optimum = real(tables.rewards + tables.discount * tables.transitions @ policy_iteration(mdp)[0])
    return Problem(
        init=bind(from_zero, optimum),
        field=bind(_field, cumulative(tables.transitions), real(tables.rewards), real(tables.discount)),
        judge=bind(largest_error, optimum),
        view=bind(_seen, layout=mdp.layout and tuple(mdp.layout)),
        name="q_learning",
        value="monitor",
        recipe=Recipe(10_000, ("sgd",), "1e-2:1e0:12", f"inverse_time(rate, {1 / (1 - tables.discount):g})"),
    )


def _field(
    moves: jax.Array, rewards: jax.Array, discount: jax.Array, q: jax.Array, state: tuple, key: jax.Array
) -> tuple:
    to = draw(key, moves)
    target = jax.vmap(jax.vmap(q_target, (0, None, 0)), (0, None, 0))(rewards, discount, q[to])
    return q - target, state, jnp.mean((target - q) ** 2)


def _seen(q: jax.Array, state: tuple, *, layout: tuple[int, int] | None) -> Grid:
    return shown(jnp.max(q, axis=1), layout)
