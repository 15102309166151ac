"""Where transitions come from: walks through tables or a simulator, and rows of a log."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.binding import bind
from lropt_jax._core.limits import shown
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import WrongType
from lropt_jax.problems.data import rows
from lropt_jax.problems.decisions.mdp import MDP, Tables
from lropt_jax.problems.decisions.simulator import Played, Simulator
from lropt_jax.problems.decisions.tabular import cumulative, draw, outcomes
from lropt_jax.problems.decisions.transitions import Log, Transitions

Chooser = Callable[[jax.Array, jax.Array], jax.Array]  # `choose(state, key) -> action`


class Moves(NamedTuple):
    """Transitions, one for each walker, (walkers,)."""

    states: Any
    actions: Any
    rewards: Any
    next_states: Any
    ended: Any  # nothing is earned after it
    cut: Any  # the next transition of this walker begins elsewhere


class Source(NamedTuple):
    """A source of transitions: `begin(key) -> walkers`, `move(choose, walkers, key) -> (Moves, walkers)`."""

    begin: jax.tree_util.Partial
    move: jax.tree_util.Partial
    discount: jax.Array  # ()


def check_process(mdp: Any) -> None:
    """Refuse what is neither tables nor a log nor a simulator."""
    if not isinstance(mdp, (MDP, Transitions, Simulator)):
        call = "; call it" if callable(mdp) and not isinstance(mdp, type) else MDP._remedy()
        others = "; a log is Transitions(...), a function that makes steps Simulator(...)"
        raise WrongType(f"mdp must be MDP(rewards, transitions, discount), got {shown(mdp)}{call}{others}.")


def from_tables(mdp: MDP, tables: Tables, walkers: int) -> Source:
    """Walks through a process. They begin in its `start`, or else in state 0."""
    first = None if mdp.start is None else cumulative(np.asarray(mdp.start))
    chances, rewards = outcomes(mdp, tables.transitions), real(tables.rewards)
    begin = bind(_in_tables, first, walkers=walkers)
    return Source(begin, bind(_walk, chances, rewards, first), real(tables.discount))


def from_simulator(simulator: Played, walkers: int) -> Source:
    """Walks of a simulator."""
    return Source(bind(_in_simulator, simulator, walkers=walkers), bind(_simulate, simulator), simulator.discount)


def from_log(log: Log, walkers: int, *, ordered: bool) -> Source:
    """Rows of a log: drawn with replacement, or read in order by walkers that begin equally far apart."""
    if not ordered:
        return Source(bind(_nowhere), bind(_drawn, log, many=walkers), log.discount)
    return Source(bind(_apart, log.states, walkers=walkers), bind(_in_order, log), log.discount)


def _in_tables(first: jax.Array | None, key: jax.Array, *, walkers: int) -> jax.Array:
    if first is None:
        return jnp.zeros(walkers, jnp.int32)
    return jax.vmap(draw, (0, None))(_keys(key, walkers), first)


def _walk(
    chances: jax.Array, rewards: jax.Array, first: jax.Array | None, choose: Chooser, at: jax.Array, key: jax.Array
) -> tuple[Moves, jax.Array]:
    states, outcomes = chances.shape[0], chances.shape[-1]

    def one(at: jax.Array, key: jax.Array) -> tuple[Moves, jax.Array]:
        action_key, move_key = jax.random.split(key)
        action = choose(at, action_key)
        to = draw(move_key, chances[at, action])
        ended = to == states
        after = jnp.where(ended, at, to) if outcomes > states else to
        again = after
        if outcomes > states:
            fresh = jnp.zeros_like(at) if first is None else draw(jax.random.fold_in(key, 2), first)
            again = jnp.where(ended, fresh, to)
        return Moves(at, action, rewards[at, action], after, ended, ended), again

    return jax.vmap(one)(at, _keys(key, len(at)))


def _in_simulator(simulator: Played, key: jax.Array, *, walkers: int) -> jax.Array:
    return jax.vmap(simulator.start)(_keys(key, walkers)).astype(jnp.int32)


def _simulate(simulator: Played, choose: Chooser, at: jax.Array, key: jax.Array) -> tuple[Moves, jax.Array]:
    def one(at: jax.Array, key: jax.Array) -> tuple[Moves, jax.Array]:
        action_key, move_key = jax.random.split(key)
        action = choose(at, action_key)
        to, reward, done = stepped(simulator, at, action, move_key)
        fresh = jnp.asarray(simulator.start(jax.random.fold_in(key, 2)), jnp.int32)
        return Moves(at, action, reward, to, done, done), jnp.where(done, fresh, to)

    return jax.vmap(one)(at, _keys(key, len(at)))


def stepped(simulator: Played, at: jax.Array, action: jax.Array, key: jax.Array) -> tuple:
    """One step of a simulator, in the dtypes of the problems."""
    to, reward, done = simulator.step(at, action, key)
    return jnp.asarray(to, jnp.int32), real(reward), jnp.asarray(done)


def _nowhere(key: jax.Array) -> tuple:
    return ()


def _drawn(log: Log, choose: Chooser, walkers: tuple, key: jax.Array, *, many: int) -> tuple[Moves, tuple]:
    at = rows(key, many, len(log.states))
    made = jax.tree.map(lambda column: column[at], Moves(*log[:6]))
    return made._replace(cut=jnp.ones_like(made.cut)), ()


def _apart(states: jax.Array, key: jax.Array, *, walkers: int) -> jax.Array:
    return jnp.arange(walkers) * len(states) // walkers


def _in_order(log: Log, choose: Chooser, at: jax.Array, key: jax.Array) -> tuple[Moves, jax.Array]:
    return jax.tree.map(lambda column: column[at], Moves(*log[:6])), (at + 1) % len(log.states)


def _keys(key: jax.Array, count: int) -> jax.Array:
    """Keys for walkers; a single one gets the key itself."""
    return key[None] if count == 1 else jax.random.split(key, count)
