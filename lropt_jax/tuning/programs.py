"""The compiled programs that run lanes, alone or side by side: their start, their steps, their judgement."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax

from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.trees import Tree
from lropt_jax._core.values import Optimizer
from lropt_jax.problems import Iterate, Problem, equip, fed, origin, step, watched_with_metrics

POINTS = 50  # of a lane's curve
_ONCE = {"xla_backend_optimization_level": 1}  # for programs that run once a lane: half the time to compile
_BATCHES = 32  # of training data, where the training loss is the criterion


class Held(NamedTuple):
    """Some batches of a stream, stacked in one shape: the first `now` count, the others repeat the last."""

    now: Any
    batches: Tree


class Track(NamedTuple):
    """A lane under way."""

    at: Iterate
    curve: jax.Array  # (2, POINTS) sums of the watched value over equal shares of the run, and their counts
    finite: jax.Array  # () bool: every watched value so far was finite, but for those before the first finite one


def begin(problem: Problem, tx: Optimizer, seeds: np.ndarray, width: int) -> Track:
    """The lanes before their first step. Their parameters come from one program for all optimizers."""
    return _equip(tx, _origin(problem, seeds, width), width)


def outline(problem: Problem, tx: Optimizer, seeds: np.ndarray, width: int) -> Track:
    """Shapes and dtypes of what `begin` returns. Nothing is computed, and no memory is taken."""
    return _equip.eval_shape(tx, _origin.eval_shape(problem, seeds, width), width)


def listings(
    problem: Problem, tx: Optimizer, seeds: np.ndarray, width: int, batches: Tree, held: Held | None
) -> list[str]:
    """What the programs do, as text. Nothing is compiled."""
    origins = _origin.eval_shape(problem, seeds, width)
    track = outline(problem, tx, seeds, width)
    programs = (
        _origin.lower(problem, seeds, width),
        _equip.lower(tx, origins, width),
        _advance.lower(problem, tx, track, np.int32(0), np.float32(0), batches, width),
        judge.lower(problem, track.at, width, held),
    )
    return [program.as_text() for program in programs]


@functools.partial(jax.jit, static_argnames="width", compiler_options=_ONCE)
def _origin(problem: Problem, seeds: jax.Array, width: int) -> chex.ArrayTree:
    return _beside(lambda seed: origin(problem, jax.random.key(seed)), width)(seeds)


@functools.partial(jax.jit, static_argnames="width")
def _equip(tx: Optimizer, origins: chex.ArrayTree, width: int) -> Track:
    def one(tx: Optimizer, origin: chex.ArrayTree) -> Track:
        return Track(equip(tx, *origin), jnp.zeros((2, POINTS), real(0).dtype), jnp.array(True))

    return _beside(one, width)(tx, origins)


def advance(
    problem: Problem, tx: Optimizer, track: Track, now: int, steps: int, width: int, batches: Tree = None
) -> Track:
    """The lanes `now` steps later, of `steps` in all. Other numbers need no new compilation. The track is consumed.

    It ends early at the step at which no lane is finite any more. `batches` are those of a stream, stacked: each goes
    to all lanes.
    """
    return jax.block_until_ready(_advance(problem, tx, track, np.int32(now), np.float32(steps), batches, width))


@functools.partial(jax.jit, static_argnames="width", donate_argnames="track")
def _advance(
    problem: Problem, tx: Optimizer, track: Track, now: jax.Array, steps: jax.Array, batches: Tree, width: int
) -> Track:
    def one(tx: Optimizer, track: Track, batch: Tree) -> Track:
        at, value = step(problem, tx, track.at, batch)
        point = jnp.minimum(real(track.at.step) * POINTS / steps, POINTS - 1).astype(jnp.int32)
        finite = jnp.isfinite(value)
        # Values before the first finite one belong to the start, and no rate made them: they count as none.
        early = ~finite & (point == 0) & (track.curve[1, 0] == 0)
        counted = jnp.where(early, 0, jnp.stack([value, jnp.ones_like(value)]))
        return Track(at, track.curve.at[:, point].add(counted), track.finite & (finite | early))

    forward = one if width == 1 else jax.vmap(one, in_axes=(0, 0, None))

    def body(carry: tuple[jax.Array, Track]) -> tuple[jax.Array, Track]:
        place, track = carry
        return place + 1, forward(tx, track, jax.tree.map(lambda leaf: leaf[place], batches))

    def goes_on(carry: tuple[jax.Array, Track]) -> jax.Array:  # where a run ends must not hang on how it is sliced
        return (carry[0] < now) & jnp.any(carry[1].finite)

    return jax.lax.while_loop(goes_on, body, (jnp.int32(0), track))[1]


@functools.partial(jax.jit, static_argnames="width", compiler_options=_ONCE)
def judge(
    problem: Problem, at: Iterate, width: int, held: Held | None = None
) -> tuple[jax.Array, jax.Array, dict[str, jax.Array]]:
    """The problem's criterion, the test loss and the metrics of the lanes as they stand.

    All lanes get the same noise, at the start and at the end. The training loss is a mean over some batches, for a
    stream over those held. Without test data the test loss is NaN.
    """
    return _beside(lambda params, state: _judged(problem, params, state, held), width)(at.params, at.state)


def criterion(
    problem: Problem, params: optax.Params, state: Any, held: Held | None = None
) -> tuple[jax.Array, jax.Array]:
    """The problem's criterion and the test loss of one lane."""
    return _judged(problem, params, state, held)[:2]


def _judged(
    problem: Problem, params: optax.Params, state: Any, held: Held | None
) -> tuple[jax.Array, jax.Array, dict[str, jax.Array]]:
    keys = jax.random.split(jax.random.key(0))
    metrics: dict[str, jax.Array] = {}
    match problem.criterion:
        case "validation":
            validation = problem.validate(params, state, keys[0])  # type: ignore[misc]
        case "error":
            validation = problem.judge(params, state)  # type: ignore[misc]
        case "training" if held is not None:
            validation, metrics = _mean_of_held(problem, params, state, keys[0], held)
        case "training":
            batches = jax.random.split(keys[0], _BATCHES)
            validation, metrics = watched_with_metrics(problem, params, state, batches)
    test = jnp.nan if problem.test is None else problem.test(params, state, keys[1])
    return real(validation), real(test), _metrics(problem, params, state, keys[0], metrics)


def _mean_of_held(
    problem: Problem, params: optax.Params, state: Any, key: jax.Array, held: Held
) -> tuple[jax.Array, dict[str, jax.Array]]:
    """The means of what is watched over the batches held; those after `now` only fill up."""
    batches, size = held.batches, jax.tree.leaves(held.batches)[0].shape[0]

    def watch(pair: tuple) -> tuple:
        found = problem.field(params, fed(state, pair[0]), pair[1])
        return jax.tree.map(real, (found[2], *(found[3:] or ({},))))

    found = jax.lax.map(watch, (batches, jax.random.split(key, size)))
    return jax.tree.map(lambda values: jnp.sum(jnp.where(jnp.arange(size) < held.now, values, 0)) / held.now, found)


def _metrics(
    problem: Problem, params: optax.Params, state: Any, key: jax.Array, training: dict[str, jax.Array]
) -> dict[str, jax.Array]:
    """The problem's metrics on held-out data, without the losses there. Else those of training data, where it decides.

    They get the key of the criterion. So XLA computes what both share once.
    """
    if problem.metrics is None:
        return {f"training {name}": each for name, each in training.items()}
    losses = {"validation": problem.validate, "test": problem.test}
    known = {f"{name} loss" for name, loss in losses.items() if loss is not None}
    found = {str(name): each for name, each in problem.metrics(params, state, key).items() if name not in known}
    for name, each in found.items():
        if jnp.shape(each) != ():
            raise Refused(f"metrics must be a dict of numbers, got shape {jnp.shape(each)} for {name!r}; take a mean.")
    return jax.tree.map(real, found)


def _beside(one: Callable[..., Any], width: int) -> Callable[..., Any]:
    """A function of one lane, as a function of `width` lanes."""
    return one if width == 1 else jax.vmap(one)
