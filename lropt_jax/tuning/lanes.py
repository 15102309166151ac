"""Lanes: runs that differ in numbers only, side by side in one compiled program."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax._core.values import Optimizer
from lropt_jax.problems import Iterate, Problem, start, step

POINTS = 50  # of a lane's curve


class Lane(NamedTuple):
    """One run to make: an optimizer at a rate, from a seed."""

    optimizer: str
    rate: float
    seed: int
    tx: Optimizer


class Track(NamedTuple):
    """A lane under way."""

    at: Iterate
    curve: jax.Array  # (2, POINTS) sums of the watched value over equal shares of the run, and their counts
    finite: jax.Array  # () bool: every watched value so far was finite


def makers(optimizers: Any) -> dict[str, Callable[[Any], Optimizer]]:
    """By name, how each optimizer is made from its learning rate.

    Args:
        optimizers: One, a sequence, or a mapping from names, of: factories or functions `rate -> optimizer`, and
            optimizers whose `learning_rate` is to be replaced.
    """
    if not isinstance(optimizers, (Mapping, Sequence)) or isinstance(optimizers, (Optimizer, str)):
        optimizers = [optimizers]
    if not isinstance(optimizers, Mapping):
        names = [
            getattr(item.factory if isinstance(item, Optimizer) else item, "__name__", repr(item))
            for item in optimizers
        ]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"sweep: optimizers must have different names, got {repeated[0]} twice; give a dict.")
        optimizers = dict(zip(names, optimizers, strict=True))
    if not optimizers:
        raise ValueError("sweep: optimizers must name at least one, got none.")
    return {name: _maker(name, item) for name, item in optimizers.items()}


def _maker(name: str, item: Any) -> Callable[[Any], Optimizer]:
    if isinstance(item, Optimizer):
        if "learning_rate" not in item.arguments:
            raise TypeError(
                f"sweep: optimizers[{name!r}] must have a learning_rate, got {item!r}; give a function of it."
            )
        return lambda rate: item.replace(learning_rate=rate)
    if not callable(item):
        raise TypeError(f"sweep: optimizers[{name!r}] must be a function of the rate or an optimizer, got {item!r}.")
    return functools.partial(_valued, name, item)


def _valued(name: str, make: Callable[[Any], Any], rate: Any) -> Optimizer:
    tx = make(rate)
    if isinstance(tx, Optimizer):
        return tx
    if isinstance(tx, optax.GradientTransformation):
        return lift(make)(rate)
    raise TypeError(f"sweep: optimizers[{name!r}] must make a gradient transformation, got {tx!r}.")


def groups(lanes: Sequence[Lane]) -> list[list[int]]:
    """The places of lanes of one structure, which share a compilation: the same tree, shapes and dtypes."""
    kinds: dict[Any, list[int]] = {}
    for place, lane in enumerate(lanes):
        leaves, tree = jax.tree.flatten(lane.tx)
        kinds.setdefault((tree, *((np.shape(leaf), jnp.result_type(leaf)) for leaf in leaves)), []).append(place)
    return list(kinds.values())


def side_by_side(lanes: Sequence[Lane], width: int) -> tuple[Optimizer, jax.Array]:
    """Optimizers and keys of at most `width` lanes, stacked where `width` is over 1 and filled up with the last."""
    lanes = [*lanes, *[lanes[-1]] * (width - len(lanes))]
    keys = [jax.random.key(lane.seed) for lane in lanes]
    txs = [jax.tree.map(jnp.asarray, lane.tx) for lane in lanes]
    if width == 1:
        return _strong(txs[0]), keys[0]
    return _strong(jax.tree.map(lambda *leaves: jnp.stack(leaves), *txs)), jnp.stack(keys)


def _strong(tx: Optimizer) -> Optimizer:
    """Numbers with dtypes of their own, so that a rate written as 1 or as an array compiles nothing anew."""
    return jax.tree.map(lambda leaf: jax.lax.convert_element_type(leaf, leaf.dtype), tx)


@functools.partial(jax.jit, static_argnames="width")
def begin(problem: Problem, tx: Optimizer, key: jax.Array, width: int) -> Track:
    """The lanes before their first step."""

    def one(tx: Optimizer, key: jax.Array) -> Track:
        return Track(start(problem, tx, key), jnp.zeros((2, POINTS), real(0).dtype), jnp.array(True))

    return one(tx, key) if width == 1 else jax.vmap(one)(tx, key)


@functools.partial(jax.jit, static_argnames="width", donate_argnames="track")
def advance(problem: Problem, tx: Optimizer, track: Track, now: jax.Array, steps: jax.Array, width: int) -> Track:
    """The lanes `now` steps on, of `steps` in all; both may change without a new compilation."""

    def one(tx: Optimizer, track: Track) -> Track:
        def body(_: Any, track: Track) -> Track:
            at, value = step(problem, tx, track.at)
            point = jnp.minimum(real(track.at.step) * POINTS / steps, POINTS - 1).astype(jnp.int32)
            curve = track.curve.at[:, point].add(jnp.stack([value, jnp.ones_like(value)]))
            return Track(at, curve, track.finite & jnp.isfinite(value))

        return jax.lax.fori_loop(0, now, body, track)

    return one(tx, track) if width == 1 else jax.vmap(one)(tx, track)


def advanced(problem: Problem, tx: Optimizer, track: Track, now: int, steps: int, width: int) -> Track:
    """`advance`, finished, with counts as arguments of the compiled program."""
    return jax.block_until_ready(advance(problem, tx, track, np.int32(now), np.float32(steps), width))


@functools.partial(jax.jit, static_argnames="width")
def judge(problem: Problem, at: Iterate, width: int) -> tuple[jax.Array, jax.Array]:
    """Validation and test loss of the lanes as they stand, NaN where the problem has none; the same noise for all."""
    keys = jax.random.split(jax.random.key(0))

    def one(params: optax.Params, state: Any) -> tuple[jax.Array, jax.Array]:
        nothing = real(jnp.nan)
        validation, test = nothing, nothing
        if problem.validate is not None:
            validation = real(problem.validate(params, state, keys[0]))
        elif problem.judge is not None:
            validation = real(problem.judge(params, state))
        if problem.test is not None:
            test = real(problem.test(params, state, keys[1]))
        return validation, test

    return one(at.params, at.state) if width == 1 else jax.vmap(one)(at.params, at.state)
