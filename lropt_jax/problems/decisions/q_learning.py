"""Q-learning: the best actions from samples of a process."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from lropt_jax._core.binding import bind, partial_of
from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import Share, Size
from lropt_jax._core.numbers import is_number, real, value_at
from lropt_jax._core.relations import absent
from lropt_jax._core.values import Value
from lropt_jax.objectives import q_target
from lropt_jax.problems.decisions import moves
from lropt_jax.problems.decisions.gridworld import gridworld
from lropt_jax.problems.decisions.mdp import MDP, policy_iteration, tables_of
from lropt_jax.problems.decisions.simulator import Simulator, played
from lropt_jax.problems.decisions.tabular import draw, from_zero, largest_error, mean_by_entry, outcomes, shown
from lropt_jax.problems.decisions.transitions import Transitions, empirical, log_of
from lropt_jax.problems.decisions.trials import lost
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.recipe import Recipe
from lropt_jax.problems.views import Grid


class Explorer(NamedTuple):
    """Where the walks of Q-learning stand."""

    at: Any  # (walkers,) their states; (): rows of a log are drawn
    steps: jax.Array  # () int32: made so far


@checked
def q_learning(
    *,
    mdp: MDP | Transitions | Simulator | None = None,
    exploration: Share | None = None,
    batch_size: Size | None = None,
) -> Problem:
    """Find what every action is worth in a process that can only be sampled (Watkins and Dayan 1992).

    `Q(s, a)` moves by `rate (r + g max_a' Q(s', a') - Q(s, a))` (`objectives.q_target`), from `Q = 0`. Where an episode
    ends, the maximum counts as 0. Samples come from one of three:
    * tables (`MDP`): each step tries every action once in every state (the generative model of Wainwright 2019);
    * a log (`Transitions`): each step draws rows of it, with replacement. Entries that it never visits stay 0;
    * a simulator (`Simulator`): each step moves walks that act epsilon-greedily, and begin again where an episode ends.

    Here the learning rate decides how soon the start is forgotten: errors shrink like the product of
    `1 - rate (1 - discount)`. At the textbook's `1 / n` that is `n^-(1 - discount)`, which hardly shrinks.
    `schedules.rescaled_linear(discount)` (Wainwright 2019, arXiv:1905.06265) forgets like `1 / n` and still averages
    the noise out. Rates in [0, 1] keep the values among the sums that rewards can have. With a log or a simulator
    entries are visited unequally often: let the rate fall with the visits of each, `wrappers.by_visits`.

    Args:
        mdp: The process: its tables, a log of it, or a simulator. None: `gridworld(slip=0.1)`.
        exploration: The share of a simulator's actions that are drawn from all alike, in [0, 1], or a schedule of the
            step. The others are the best so far, drawn among equals. None: 0.1.
        batch_size: Transitions a step, a whole number >= 1: rows of a log, or walks of a simulator side by side. Where
            several are of one entry, it moves by their mean. None: 1; tables have one of every entry.

    Returns:
        A problem. Parameters are the values of actions (states, actions). Its value is the mean squared TD error, a
        monitor and no loss: values that never left 0 are wrong and have small TD errors. The error is the largest one
        of any value, by `policy_iteration`. For a log that is done for the process that its shares and mean rewards
        describe; for very many states no answer is known. For a simulator, rates are chosen by the mean return of the
        best actions in fresh episodes.

    Raises:
        TypeError: `mdp` is no process.
        ValueError: Rewards are not finite, transitions are no probabilities, a shape is wrong, a number is outside its
            range, or `exploration` is given without a simulator.

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
    moves.check_process(mdp)
    if not isinstance(mdp, Simulator):
        absent("a simulator", exploration=exploration)
    if isinstance(mdp, MDP):
        absent("a log or a simulator", batch_size=batch_size)
        discount, made = _of_tables(mdp)
    elif isinstance(mdp, Transitions):
        discount, made = _of_log(mdp, batch_size or 1)
    else:
        discount, made = _of_simulator(mdp, 0.1 if exploration is None else exploration, batch_size or 1)
    return Problem(
        view=bind(_seen, layout=mdp.layout and tuple(mdp.layout)),
        name="q_learning",
        value="monitor",
        recipe=Recipe(10_000, ("sgd",), "1e-2:1e0:12", f"inverse_time(rate, {1 / (1 - discount):g})"),
        **made,
    )


def _of_tables(mdp: MDP) -> tuple[float, dict]:
    tables = tables_of(mdp)
    chances, optimum = outcomes(mdp, tables.transitions), _optimum(mdp)
    field = bind(_everywhere, chances, real(tables.rewards), real(tables.discount))
    return tables.discount, {"init": bind(from_zero, optimum), "field": field, "judge": bind(largest_error, optimum)}


def _optimum(mdp: MDP) -> jax.Array:
    tables = tables_of(mdp)
    return real(tables.rewards + tables.discount * tables.transitions @ policy_iteration(mdp)[0])


def _of_log(mdp: Transitions, size: int) -> tuple[float, dict]:
    log, shape = log_of(mdp)
    known = empirical(log, shape)
    judge = {} if known is None else {"judge": bind(largest_error, _optimum(known))}
    return float(log.discount), _sampled(moves.from_log(log, size, ordered=False), shape, 0.0) | judge


def _of_simulator(mdp: Simulator, exploration: Any, walkers: int) -> tuple[float, dict]:
    simulator = played(mdp)
    made = _sampled(moves.from_simulator(simulator, walkers), (mdp.states, mdp.actions), exploration)
    return float(simulator.discount), made | {"validate": lost(simulator), "score": "return"}


def _sampled(source: moves.Source, shape: tuple[int, int], exploration: Any) -> dict:
    if not isinstance(exploration, Value):
        exploration = real(exploration) if is_number(exploration) else partial_of(exploration)
    return {"init": bind(_start, source, shape=shape), "field": bind(_along, source, exploration)}


def _start(source: moves.Source, key: jax.Array, *, shape: tuple[int, int]) -> tuple[jax.Array, Explorer]:
    return jnp.zeros(shape, source.discount.dtype), Explorer(source.begin(key), jnp.zeros((), jnp.int32))


def _everywhere(
    chances: jax.Array, rewards: jax.Array, discount: jax.Array, q: jax.Array, state: tuple, key: jax.Array
) -> tuple:
    to = draw(key, chances)
    following = q if chances.shape[-1] == len(q) else jnp.concatenate([q, jnp.zeros_like(q[:1])])  # after the end: 0
    target = jax.vmap(jax.vmap(q_target, (0, None, 0)), (0, None, 0))(rewards, discount, following[to])
    return q - target, state, jnp.mean((target - q) ** 2)


def _along(source: moves.Source, exploration: Any, q: jax.Array, walks: Explorer, key: jax.Array) -> tuple:
    epsilon = value_at(exploration, walks.steps)

    def choose(at: jax.Array, key: jax.Array) -> jax.Array:
        here = q[at]
        best = here == jnp.max(here)
        chances = (1 - epsilon) * best / jnp.sum(best) + epsilon / len(here)
        return jax.random.categorical(key, jnp.log(chances))

    made, at = source.move(choose, walks.at, key)
    targets = jax.vmap(q_target)(made.rewards, jnp.where(made.ended, 0, source.discount), q[made.next_states])
    entries = made.states, made.actions
    errors = targets - q[entries]
    return -mean_by_entry(q, entries, errors), Explorer(at, walks.steps + 1), jnp.mean(errors**2)


def _seen(q: jax.Array, state: Any, *, layout: tuple[int, int] | None) -> Grid:
    return shown(jnp.max(q, axis=1), layout)
