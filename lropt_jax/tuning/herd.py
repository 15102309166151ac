"""The program of population-based training: a scan of rounds, and in each the steps of all lanes side by side."""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.typing import ArrayLike

from lropt_jax._core.kinds import Height
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise, real
from lropt_jax._core.values import Optimizer, Schedule
from lropt_jax.problems import Iterate, Problem, equip, origin, step
from lropt_jax.tuning.makers import Maker
from lropt_jax.tuning.programs import criterion


class Rounds(NamedTuple):
    """How long a population trains, and how many lanes copy others after each round."""

    steps: int
    every: int
    rounds: int
    many: int


class Herd(NamedTuple):
    """All lanes, stacked. A copied lane brings its past with it."""

    tx: Optimizer
    at: Iterate
    rates: jax.Array  # (lanes, rounds) of the lane and of those that it comes from, up to now
    values: jax.Array  # (lanes, steps) what the problem watched, likewise
    ends: tuple[jax.Array, jax.Array]  # (lanes,) the criterion and the test loss after the last round


class History(NamedTuple):
    """What each place of the population did in each round, (rounds, lanes)."""

    rates: jax.Array
    losses: jax.Array  # the criterion at the end of the round
    parents: jax.Array  # whose state the place had when the round began


def train_herd(
    problem: Problem,
    make: Maker,
    rates: Sequence[float],
    key: jax.Array,
    how: Rounds,
    perturbation: float,
    limit: float,
) -> tuple[Herd, History]:
    """Train one lane per rate. Other numbers of the same kind compile nothing new."""
    txs = [make(_held(np.asarray(rate, real(0).dtype))) for rate in rates]
    txs = [jax.tree.map(lambda leaf: np.asarray(leaf, jnp.result_type(leaf)), tx) for tx in txs]
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *txs)
    numbers = (np.asarray(number, real(0).dtype) for number in (rates, perturbation, limit))
    return _train(problem, stacked, key, *numbers, how)


@functools.partial(jax.jit, static_argnames="how")
def _train(
    problem: Problem, tx: Optimizer, key: jax.Array, rates: jax.Array, factor: jax.Array, limit: jax.Array, how: Rounds
) -> tuple[Herd, History]:
    lanes = len(rates)
    start = origin(problem, key)
    at = jax.vmap(lambda tx: equip(tx, *start))(tx)
    noise = jax.random.fold_in(key, 2**31 - 1)
    nothing = jnp.zeros((lanes, how.rounds), rates.dtype)
    herd = Herd(tx, at, nothing, jnp.zeros((lanes, how.steps), rates.dtype), (rates, rates))

    def body(carry: tuple, number: jax.Array) -> tuple[tuple, History]:
        herd, rates, parents = carry
        herd = herd._replace(tx=jax.vmap(_at_rate)(herd.tx, rates), rates=herd.rates.at[:, number].set(rates))
        herd = _steps(problem, herd, jnp.minimum(how.every, how.steps - number * how.every))
        losses, test = jax.vmap(functools.partial(criterion, problem))(herd.at.params, herd.at.state)
        herd = herd._replace(ends=(losses, test))
        past = History(rates, losses, parents)
        now = jnp.where(number < how.rounds - 1, how.many, 0)
        parents, moved = _exploited(jax.random.fold_in(noise, number), losses, rates, factor, now, how.many)
        herd = jax.tree.map(lambda leaf: leaf[parents], herd)
        return (herd, jnp.minimum(moved, limit), parents), past

    (herd, _, _), history = jax.lax.scan(body, (herd, rates, jnp.arange(lanes)), jnp.arange(how.rounds))
    return herd, history


def _steps(problem: Problem, herd: Herd, now: jax.Array) -> Herd:
    def body(_: Any, carry: tuple) -> tuple:
        at, values = carry
        after, value = jax.vmap(functools.partial(step, problem))(herd.tx, at)
        return after, values.at[:, at.step[0]].set(value)

    at, values = jax.lax.fori_loop(0, now, body, (herd.at, herd.values))
    return herd._replace(at=at, values=values)


def _exploited(
    key: jax.Array, losses: jax.Array, rates: jax.Array, factor: jax.Array, now: jax.Array, many: int
) -> tuple[jax.Array, jax.Array]:
    """Whose state each lane goes on with, and at which rate: the `now` worst copy one of the `many` best.

    A loss that is not finite is the worst.
    """
    lanes = len(losses)
    order = jnp.argsort(jnp.where(jnp.isfinite(losses), losses, jnp.inf))
    ranks = jnp.argsort(order)
    worst = ranks >= lanes - now
    who, up = jax.random.split(key)
    better = order[jax.random.randint(who, (lanes,), 0, max(many, 1))]
    parents = jnp.where(worst, better, jnp.arange(lanes))
    nearby = rates[parents] * jnp.where(jax.random.bernoulli(up, shape=(lanes,)), factor, 1 / factor)
    return parents, jnp.where(worst, nearby, rates)


@lift
def _held(rate: Height) -> optax.Schedule:
    """The rate of a lane in this round. It marks the place at which `_at_rate` puts another one."""

    def schedule(step: ArrayLike) -> jax.Array:
        return jnp.broadcast_to(precise(rate), jnp.shape(step))

    return schedule


def _at_rate(tx: Optimizer, rate: jax.Array) -> Optimizer:
    """The optimizer with another rate held."""

    def is_held(node: Any) -> bool:
        return isinstance(node, Schedule) and node.factory == _held

    return jax.tree.map(lambda node: _held(rate) if is_held(node) else node, tx, is_leaf=is_held)
