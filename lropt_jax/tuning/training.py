"""Runs of one problem from one start: one compiled program for every rate and every length."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.numbers import real
from lropt_jax._core.trees import Tree
from lropt_jax._core.values import Optimizer
from lropt_jax.problems import Iterate, Problem, descend, equip, fed, origin, step, watched
from lropt_jax.tuning.batches import alike
from lropt_jax.tuning.engine import Progress

BATCHES = 4  # of training data, by which a run is judged
_CHUNK = 32  # batches of a stream that go to the device at a time


class Training:
    """Runs from one start, with the same batches for each: what differs is the optimizer alone.

    `spent` counts what was computed, in steps: a forward pass is a third of one.
    """

    def __init__(
        self,
        problem: Problem,
        steps: int,
        key: jax.Array,
        on_progress: Callable[[str, Progress], None] | None = None,
    ):
        self.problem, self.steps, self.spent = problem, steps, 0.0
        self.stage, self.on_progress = ("find", steps), on_progress
        self.params, self.state, self.key = _origin(problem, key)
        self._batches = None if problem.stream is None else alike(problem.stream.endless())

    def begin(self, tx: Optimizer) -> tuple[Iterate, jax.Array]:
        """The start, and a place for the value of every step."""
        return _equip(_typed(tx), self.params, self.state, self.key), jnp.zeros(self.steps, real(0).dtype)

    def run(self, tx: Optimizer, at: Iterate, values: jax.Array, now: int, batches: Tree = None):
        """`now` steps on: the iterate and the values. `at` stays as it is."""
        self.spent += now
        return _advance(self.problem, _typed(tx), at, values, np.int32(now), batches)

    def loss(self, at: Iterate, batch: Tree = None) -> float:
        """The training loss on fixed batches, or on one of the stream. What is not finite is infinite."""
        self.spent += (BATCHES if batch is None else 1) / 3
        loss = _finite(_loss(self.problem, at, batch))
        self.report(round(self.spent))
        return loss

    def first_steps(self, txs: list[Optimizer], calls: int = 1) -> tuple[float, list[float]]:
        """The loss at the start, and after the first update of each optimizer: one gradient, and a forward pass each on
        another batch. An optimizer that makes an update for several `calls` gets the gradient so many times.
        """
        self.spent += 1 + (1 + len(txs)) / 3
        two = None if self._batches is None else (next(self._batches), next(self._batches))
        stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *map(_typed, txs))
        before, after = _first_steps(self.problem, stacked, self.params, self.state, self.key, two, calls)
        return _finite(before), [_finite(loss) for loss in np.asarray(after)]

    def report(self, done: int) -> None:
        """Tell how many steps of this stage are done."""
        name, total = self.stage
        if self.on_progress is not None:
            self.on_progress(name, Progress(min(done, total), total, 1, 1))

    def chunks(self, steps: int) -> Iterator[tuple[int, Tree]]:
        """`steps` steps as pieces: how many, and their batches in one shape. All at once where nothing streams."""
        if self._batches is None:
            yield steps, None
            return
        for done in range(0, steps, _CHUNK):
            now = min(_CHUNK, steps - done)
            batches = [next(self._batches) for _ in range(now)]
            yield now, jax.tree.map(lambda *leaves: np.stack(leaves), *batches, *[batches[-1]] * (_CHUNK - now))

    def batch(self) -> Tree:
        """One more batch of the stream, to judge by. None: the problem draws its own."""
        return None if self._batches is None else next(self._batches)


def _typed(tx: Optimizer) -> Optimizer:
    """Numbers as arrays of NumPy: whether one is an array of JAX, a number or NumPy's makes no other program."""
    return jax.tree.map(lambda leaf: np.asarray(leaf, jnp.result_type(leaf)), tx)


def _finite(loss: Any) -> float:
    return float(loss) if np.isfinite(loss) else np.inf


_origin = jax.jit(origin)
_equip = jax.jit(equip)


@jax.jit
def _advance(problem: Problem, tx: Optimizer, at: Iterate, values: jax.Array, now: jax.Array, batches: Tree):
    def body(place: jax.Array, carry: tuple[Iterate, jax.Array]) -> tuple[Iterate, jax.Array]:
        at, values = carry
        after, value = step(problem, tx, at, jax.tree.map(lambda leaf: leaf[place], batches))
        return after, values.at[at.step].set(value)

    return jax.lax.fori_loop(0, now, body, (at, values))


@jax.jit
def _loss(problem: Problem, at: Iterate, batch: Tree) -> jax.Array:
    keys = jax.random.split(jax.random.fold_in(at.key, 2**31 - 1), BATCHES)
    if batch is not None:
        return problem.field(at.params, fed(at.state, batch), keys[0])[2]
    return watched(problem, at.params, at.state, keys)


@functools.partial(jax.jit, static_argnames="calls")
def _first_steps(problem: Problem, txs: Optimizer, params: Any, state: Any, key: jax.Array, two: Any, calls: int):
    learning, judging = jax.random.split(key)
    noise = fed(state, None if two is None else two[0]), learning
    found = problem.field(params, *noise)

    def loss(params: Any) -> jax.Array:
        after = found[1] if two is None else fed(state, two[1])  # another batch, where they come in an order
        return real(problem.field(params, after, judging)[2])

    def on(tx: Optimizer, at: Iterate) -> Iterate:
        return descend(problem, tx, at, noise, found, streamed=two is not None)[0]

    def one(tx: Optimizer) -> jax.Array:
        at = on(tx, equip(tx, params, state, key))
        at = jax.lax.fori_loop(1, calls, lambda _, at: on(tx, at), at) if calls > 1 else at
        return loss(at.params)

    return loss(params), jax.lax.map(one, txs)
