"""The programs of population-based training: the steps of all lanes side by side, and what happens between rounds."""

import collections
import functools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.typing import ArrayLike

from lropt_jax._core.kinds import Height
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise, real
from lropt_jax._core.trees import Tree
from lropt_jax._core.values import Optimizer, Schedule
from lropt_jax.problems import Iterate, Problem, equip, origin, step
from lropt_jax.tuning.batches import Pieces
from lropt_jax.tuning.makers import Maker
from lropt_jax.tuning.programs import Held, criterion


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


class Standing(NamedTuple):
    """Where a population stands before a round."""

    herd: Herd
    rates: jax.Array  # (lanes,) of the round
    parents: jax.Array  # (lanes,) whose state each place has


def stacked(make: Maker, rates: Sequence[float]) -> Optimizer:
    """The optimizers of the lanes."""
    txs = [make(_held(np.asarray(rate, real(0).dtype))) for rate in rates]
    txs = [jax.tree.map(lambda leaf: np.asarray(leaf, jnp.result_type(leaf)), tx) for tx in txs]
    return jax.tree.map(lambda *leaves: np.stack(leaves), *txs)


def rounds(
    problem: Problem, at: Standing, key: jax.Array, how: Rounds, factor: float, limit: float, *,
    first: int, pieces: Pieces | None,
) -> Iterator[tuple[Standing, History]]:  # fmt: skip
    """Where the population stands after each round from the `first` on, and what that was.

    Other numbers of the same kind compile nothing new. Each batch of a stream goes to all lanes.
    """
    numbers = [np.asarray(number, real(0).dtype) for number in (factor, limit)]
    held = None if pieces is None else pieces.first
    for number in range(how.rounds):
        now = min(how.every, how.steps - number * how.every)
        batches = [Held(now, None)] if pieces is None else pieces.take(now)
        if number < first:  # it was made before: the batches go by
            collections.deque(batches, maxlen=0)
            continue
        herd = _at_rates(at, np.int32(number))
        for piece in batches:
            herd = _steps(problem, herd, np.int32(piece.now), piece.batches)
        before = at.rates, at.parents
        at, past = _ranked(problem, herd, before, key, np.int32(number), numbers, how._replace(steps=0), held)
        yield at, past


@functools.partial(jax.jit, static_argnames="how")
def standing(problem: Problem, tx: Optimizer, key: jax.Array, rates: jax.Array, how: Rounds) -> Standing:
    """A population before its first round."""
    start = origin(problem, key)
    at = jax.vmap(lambda tx: equip(tx, *start))(tx)
    lanes, kind = len(rates), rates.dtype
    herd = Herd(tx, at, jnp.zeros((lanes, how.rounds), kind), jnp.zeros((lanes, how.steps), kind), (rates, rates))
    return Standing(herd, rates, jnp.arange(lanes))


@jax.jit
def _at_rates(at: Standing, number: jax.Array) -> Herd:
    herd = at.herd
    return herd._replace(tx=jax.vmap(_at_rate)(herd.tx, at.rates), rates=herd.rates.at[:, number].set(at.rates))


@functools.partial(jax.jit, donate_argnames="herd")
def _steps(problem: Problem, herd: Herd, now: jax.Array, batches: Tree) -> Herd:
    forward = jax.vmap(functools.partial(step, problem), in_axes=(0, 0, None))

    def body(place: jax.Array, carry: tuple) -> tuple:
        at, values = carry
        after, value = forward(herd.tx, at, jax.tree.map(lambda leaf: leaf[place], batches))
        return after, values.at[:, at.step[0]].set(value)

    at, values = jax.lax.fori_loop(0, now, body, (herd.at, herd.values))
    return herd._replace(at=at, values=values)


@functools.partial(jax.jit, static_argnames="how")
def _ranked(
    problem: Problem, herd: Herd, before: tuple[jax.Array, jax.Array], key: jax.Array, number: jax.Array,
    numbers: list[jax.Array], how: Rounds, held: Held | None,
) -> tuple[Standing, History]:  # fmt: skip
    """Judge the lanes at the end of a round, and let the worst copy the best, except after the last round."""
    (rates, came_from), (factor, limit), noise = before, numbers, jax.random.fold_in(key, 2**31 - 1)
    losses, test = jax.vmap(lambda params, state: criterion(problem, params, state, held))(
        herd.at.params, herd.at.state
    )
    herd = herd._replace(ends=(losses, test))
    now = jnp.where(number < how.rounds - 1, how.many, 0)
    parents, moved = _exploited(jax.random.fold_in(noise, number), losses, rates, factor, now, how.many)
    herd = jax.tree.map(lambda leaf: leaf[parents], herd)
    return Standing(herd, jnp.minimum(moved, limit), parents), History(rates, losses, came_from)


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
