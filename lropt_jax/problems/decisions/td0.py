"""Temporal differences: values of a policy from walks."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.binding import bind
from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import Fraction, Size
from lropt_jax._core.limits import array_of
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.relations import absent
from lropt_jax._core.trees import ArrayLike
from lropt_jax.objectives import td_error
from lropt_jax.problems.decisions import moves
from lropt_jax.problems.decisions.gridworld import gridworld
from lropt_jax.problems.decisions.mdp import MDP, check_probabilities, evaluate, tables_of
from lropt_jax.problems.decisions.simulator import Simulator, played
from lropt_jax.problems.decisions.tabular import cumulative, draw, largest_error, mean_by_entry, shown
from lropt_jax.problems.decisions.td_memory import n_step, recent, traced, traces
from lropt_jax.problems.decisions.transitions import Transitions, empirical, log_of
from lropt_jax.problems.decisions.trials import value_error
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.recipe import Recipe
from lropt_jax.problems.views import Grid


class Walk(NamedTuple):
    """Where walks stand, and what they remember."""

    at: Any  # (walkers,) the state, or the row of the log; (): rows are drawn
    memory: Any  # traces, the last n transitions, or ()


@checked
def td0(
    *,
    mdp: MDP | Transitions | Simulator | None = None,
    policy: ArrayLike | None = None,
    n_steps: Size = 1,
    trace_decay: Fraction | None = None,
    batch_size: Size = 1,
) -> Problem:
    """Find what the states of a process are worth under a policy, from walks through it or from a log.

    At each step the policy acts, the environment answers, and the value of the state that the walk leaves moves by
    `rate (r + g V(s') - V(s))` (TD(0); Sutton 1988; `objectives.td_error`), from `V = 0`. Where an episode ends,
    `V(s')` counts as 0 and the walk begins again. States that no walk visits are never learned.

    With `n_steps` the state of so many steps ago moves toward `r + g r' + ... + g^n V(s)`, and with `trace_decay` all
    states before move by `error * (g trace_decay)^age` (TD(lambda), accumulating traces; Sutton and Barto 2018,
    sections 7.1 and 12.2). Both carry news faster and add noise.

    Here the learning rate trades speed for noise, state by state. Only one value moves at a time, so rates may be
    larger by the number of states that matter, up to 1. Rates that fall like a power of the time, averaged
    (`average_from` of `solve`), reach the answer, and so do those that fall with the visits of each state
    (`wrappers.by_visits`).

    Args:
        mdp: The process: its tables (`MDP`), a log of it (`Transitions`), or a simulator (`Simulator`). Walks through
            tables begin in their `start`, else in state 0. Rows of a log are drawn with replacement; with `n_steps` or
            `trace_decay` they are read in order. None: `gridworld()`.
        policy: Probabilities of the actions, shape (states, actions). None: all alike; a log has its own.
        n_steps: Steps that a value looks ahead, a whole number >= 1.
        trace_decay: Lambda, the share of a trace that stays, in [0, 1], with `n_steps=1`. None: no traces.
        batch_size: Transitions a step, a whole number >= 1: so many walks side by side, or rows of the log. Where
            several are at one state, it moves by their mean.

    Returns:
        A problem. Parameters are the values (states,). Its value is the squared TD error, which says nothing about the
        rate. The error is the largest one of any value; the true ones solve `V = R_p + g P_p V`. For a log these are
        the mean rewards and moves in it; with `n_steps` or traces, or for very many states, no answer is known. For a
        simulator, rates are chosen by the squared error of returns in fresh episodes. State: `at`, where walks stand,
        and `memory`: traces (walkers, states) or the last transitions.

    Raises:
        TypeError: `mdp` is no process.
        ValueError: Rewards are not finite, transitions or the policy are no probabilities, a shape is wrong, or a
            number is outside its range.

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
    if n_steps > 1:
        absent("n_steps=1", trace_decay=trace_decay)
    mdp = gridworld() if mdp is None else mdp
    moves.check_process(mdp)
    plain = n_steps == 1 and trace_decay is None
    if isinstance(mdp, MDP):
        source, acts, states, ends = _of_tables(mdp, policy, batch_size)
    elif isinstance(mdp, Transitions):
        source, acts, states, ends = _of_log(mdp, policy, batch_size, plain)
    else:
        source, acts, states, ends = _of_simulator(mdp, policy, batch_size)
    decay = None if trace_decay is None else real(trace_decay)
    return Problem(
        init=bind(_start, source, decay, states=states, walkers=batch_size, n_steps=n_steps),
        field=bind(_field, source, acts, decay, n_steps=n_steps),
        view=bind(_seen, layout=mdp.layout and tuple(mdp.layout)),
        name="td0",
        value="monitor",
        recipe=Recipe(50_000, ("sgd",), "1e-2:1e0:12", "robbins_monro(rate, 100)"),
        **ends,
    )


def _of_tables(mdp: MDP, policy: Any, walkers: int) -> tuple:
    tables = tables_of(mdp)
    actions = _policy(policy, tables.rewards.shape)
    exact = real(evaluate(*tables, actions))
    source = moves.from_tables(mdp, tables, walkers)
    return source, cumulative(actions), len(exact), {"judge": bind(largest_error, exact)}


def _of_log(mdp: Transitions, policy: Any, walkers: int, plain: bool) -> tuple:
    log, (states, _) = log_of(mdp)
    if policy is not None:
        raise Refused("policy must be None with a log, whose actions are those of its own policy.")
    known = empirical(log._replace(actions=jnp.zeros_like(log.actions)), (states, 1)) if plain else None
    ends = (
        {} if known is None else {"judge": bind(largest_error, real(evaluate(*tables_of(known), np.ones((states, 1)))))}
    )
    return moves.from_log(log, walkers, ordered=not plain), None, states, ends


def _of_simulator(mdp: Simulator, policy: Any, walkers: int) -> tuple:
    simulator = played(mdp)
    acts = cumulative(_policy(policy, (mdp.states, mdp.actions)))
    ends = {"validate": value_error(simulator, acts)}
    return moves.from_simulator(simulator, walkers), acts, mdp.states, ends


def _policy(policy: Any, shape: tuple[int, ...]) -> np.ndarray:
    actions = np.full(shape, 1 / shape[1]) if policy is None else array_of(policy)
    if actions.shape != shape:
        raise Refused(f"policy must have the shape {shape}, got {actions.shape}.")
    check_probabilities("policy", actions)
    return actions


def _start(source: moves.Source, decay: Any, key: jax.Array, *, states: int, walkers: int, n_steps: int) -> tuple:
    values = jnp.zeros(states, source.discount.dtype)
    memory: Any = ()
    if n_steps > 1:
        memory = recent(values, walkers, n_steps)
    elif decay is not None:
        memory = traces(values, walkers)
    return values, Walk(source.begin(key), memory)


def _field(
    source: moves.Source, acts: Any, decay: Any, values: jax.Array, walk: Walk, key: jax.Array, *, n_steps: int
) -> tuple:
    made, at = source.move(lambda at, key: draw(key, acts[at]), walk.at, key)
    ahead = jnp.where(made.ended, 0, values[made.next_states])
    errors = td_error(values[made.states], made.rewards, source.discount, ahead)
    memory: Any = ()
    if n_steps > 1:
        moved, memory = n_step(walk.memory, made, values, ahead, source.discount)
    elif decay is not None:
        moved, memory = traced(walk.memory, made, errors, source.discount * decay)
    else:
        moved = mean_by_entry(values, made.states, errors)
    return -moved, Walk(at, memory), jnp.mean(errors**2)


def _seen(values: jax.Array, walk: Any, *, layout: tuple[int, int] | None) -> Grid:
    return shown(values, layout)
