"""Losses of short runs from one start: of one whose rate rises, or of many at constant rates."""

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.trees import Tree
from lropt_jax._core.values import Optimizer
from lropt_jax.problems import Iterate, Problem, equip, origin, step

_JUDGED = 4  # batches of training data, by which a lane is judged
_CHUNK = 32  # batches of a stream that go to the device at a time


@jax.jit
def begin(problem: Problem, tx: Optimizer, keys: jax.Array, params: Any, state: Any, optimizer_state: Any) -> Iterate:
    """The start of every seed, (seeds,). What is given replaces what the problem and the optimizer begin with."""

    def one(key: jax.Array) -> Iterate:
        first, noise, run_key = origin(problem, key)
        first, noise = first if params is None else _strong(params), noise if state is None else _strong(state)
        at = equip(tx, first, noise, run_key)
        return at if optimizer_state is None else at._replace(optimizer_state=_strong(optimizer_state))

    return jax.vmap(one)(keys)


def _strong(tree: Any) -> Any:
    """Leaves with strong dtypes, as they are after a step, so that a scan can carry them."""
    return jax.tree.map(lambda leaf: jax.lax.convert_element_type(leaf, jnp.asarray(leaf).dtype), tree)


def check_state(tx: Optimizer, ats: Iterate, optimizer_state: Any) -> None:
    """Refuse the state of another optimizer, or of other parameters."""
    own = jax.eval_shape(jax.vmap(tx.init), ats.params)
    shapes = [jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), tree) for tree in (own, ats.optimizer_state)]
    trees: list[Any] = [jax.tree.structure(tree) for tree in (own, ats.optimizer_state)]
    if optimizer_state is not None and trees[0] != trees[1]:
        raise Refused(f"optimizer_state must be one of {tx.factory.name}, got {type(optimizer_state).__name__}.")
    if shapes[0] != shapes[1]:
        raise Refused("optimizer_state must have the shapes of the parameters, got others.")


def rising(problem: Problem, txs: Optimizer, ats: Iterate) -> np.ndarray:
    """The loss before each step of the rising run, (seeds, steps)."""
    steps, values, done = len(jax.tree.leaves(txs)[0]), [], 0
    for now, batches in _chunks(_batches(problem), steps, len(ats.key)):
        part = jax.tree.map(lambda leaf, at=done, to=done + now: leaf[at:to], txs)
        ats, value = _rise(problem, part, ats, batches)
        values.append(np.asarray(value))
        done += now
    return np.concatenate(values, axis=1)


def beside(problem: Problem, txs: Optimizer, ats: Iterate, lanes: int, steps: int) -> np.ndarray:
    """The loss of each lane at its end, (seeds, lanes)."""
    stream, seeds = _batches(problem), len(ats.key)
    ats = jax.tree.map(lambda leaf: jnp.repeat(leaf[:, None], lanes, axis=1), ats)
    for now, batches in _chunks(stream, steps, seeds):
        ats = _advance(problem, txs, ats, batches, np.int32(now))
    judged = None if stream is None else jax.tree.map(lambda leaf: leaf[:, 0], next(_chunks(stream, 1, seeds))[1])
    return np.asarray(_judge(problem, ats, judged))


def _batches(problem: Problem) -> Iterator[Tree] | None:
    return None if problem.stream is None else problem.stream.endless()


def _chunks(stream: Iterator[Tree] | None, steps: int, seeds: int) -> Iterator[tuple[int, Tree]]:
    """How many steps, and their batches, (seeds, steps, ...). All at once where nothing streams."""
    if stream is None:
        yield steps, None
        return
    for done in range(0, steps, _CHUNK):
        now = min(_CHUNK, steps - done)
        drawn = [next(stream) for _ in range(seeds * now)]
        try:
            yield now, jax.tree.map(lambda *leaves: np.stack(leaves).reshape(seeds, -1, *np.shape(leaves[0])), *drawn)
        except ValueError as error:
            raise Refused(f"batches of data must have one shape; {error}.") from None


@jax.jit
def _rise(problem: Problem, txs: Optimizer, ats: Iterate, batches: Tree) -> tuple[Iterate, jax.Array]:
    def one(at: Iterate, batches: Tree) -> tuple[Iterate, jax.Array]:
        return jax.lax.scan(lambda at, now: step(problem, now[0], at, now[1]), at, (txs, batches))

    return jax.vmap(one)(ats, batches)


@jax.jit
def _advance(problem: Problem, txs: Optimizer, ats: Iterate, batches: Tree, now: jax.Array) -> Iterate:
    def one(tx: Optimizer, at: Iterate, batches: Tree) -> Iterate:
        def body(place: jax.Array, at: Iterate) -> Iterate:
            return step(problem, tx, at, jax.tree.map(lambda leaf: leaf[place], batches))[0]

        return jax.lax.fori_loop(0, now, body, at)

    return jax.vmap(jax.vmap(one, in_axes=(0, 0, None)), in_axes=(None, 0, 0))(txs, ats, batches)


@jax.jit
def _judge(problem: Problem, ats: Iterate, batches: Tree) -> jax.Array:
    def one(at: Iterate, batch: Tree) -> jax.Array:
        keys = jax.random.split(jax.random.fold_in(at.key, 2**31 - 1), _JUDGED)
        if batch is not None:
            return real(problem.field(at.params, batch, keys[0])[2])
        return jnp.mean(jax.lax.map(lambda key: real(problem.field(at.params, at.state, key)[2]), keys))

    return jax.vmap(jax.vmap(one, in_axes=(0, None)))(ats, batches)
