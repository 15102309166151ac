"""The first part of a run, and short branches from where it stands: the programs of `diagnose`."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.numbers import real
from lropt_jax._core.trees import OptState, Params, Updates
from lropt_jax.problems import Iterate, Problem, start, step, watched

BATCHES = 4  # of training data, by which a branch is judged where nothing is held out
POINTS = 10  # of the first part, at which it is judged


class Stand(NamedTuple):
    """A run after its first part."""

    begin: Iterate
    at: Iterate
    values: jax.Array  # (steps,) the training loss before each update
    judged: jax.Array  # (11,) by what rates are chosen, at equal distances from the start on


@functools.partial(jax.jit, static_argnames="steps")
def first_part(problem: Problem, tx: optax.GradientTransformation, key: jax.Array, steps: int) -> Stand:
    """The first steps of a run, a multiple of 10, judged ten times on the way."""
    begin = start(problem, tx, key)

    def part(at: Iterate, _: None) -> tuple[Iterate, tuple[jax.Array, jax.Array]]:
        at, values = jax.lax.scan(lambda at, _: step(problem, tx, at), at, None, length=steps // POINTS)
        return at, (values, _judged(problem, at))

    at, (values, judged) = jax.lax.scan(part, begin, None, length=POINTS)
    return Stand(begin, at, values.reshape(steps), jnp.concatenate([_judged(problem, begin)[None], judged]))


@jax.jit
def branches(
    problem: Problem, tx: optax.GradientTransformation, at: Iterate, multiples: jax.Array, lengths: jax.Array
) -> jax.Array:
    """How runs from an iterate end whose updates are multiplied, (branches,): all with the same batches.

    `multiples` are (branches, longest), and `lengths` (branches,) int32.
    """

    def one(branch: tuple[jax.Array, jax.Array]) -> jax.Array:
        times, length = branch

        def body(place: jax.Array, at: Iterate) -> Iterate:
            return step(problem, _multiplied(tx, times[place]), at)[0]

        return _judged(problem, jax.lax.fori_loop(0, length, body, at))

    return jax.lax.map(one, (multiples, lengths))


def _judged(problem: Problem, at: Iterate) -> jax.Array:
    """The loss on held-out data with fixed noise; without such data that on four batches of training data."""
    if problem.validate is not None:
        return real(problem.validate(at.params, at.state, jax.random.split(jax.random.key(0))[0]))
    keys = jax.random.split(jax.random.fold_in(at.key, 2**31 - 1), BATCHES)
    return watched(problem, at.params, at.state, keys)


def _multiplied(tx: optax.GradientTransformation, times: jax.Array) -> optax.GradientTransformationExtraArgs:
    """An optimizer whose updates are so many times as long. Its state is the same."""
    inner = optax.with_extra_args_support(tx)

    def update(grads: Updates, state: OptState, params: Params | None = None, **extra: Any) -> tuple[Updates, OptState]:
        updates, state = inner.update(grads, state, params, **extra)
        return jax.tree.map(lambda leaf: leaf * times.astype(leaf.dtype), updates), state

    return optax.GradientTransformationExtraArgs(inner.init, update)
