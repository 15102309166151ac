"""Solve a problem: one compiled loop of small steps."""

import functools
from typing import Any, NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax._core.values import Optimizer
from lropt_jax.problems.domain import check_domain
from lropt_jax.problems.iterate import Iterate, start, step
from lropt_jax.problems.problem import Problem


class Solution(NamedTuple):
    """What a run ends with, and what it watched on the way."""

    params: optax.Params
    state: chex.ArrayTree
    optimizer_state: optax.OptState
    values: jax.Array  # (steps,) the watched value before each update
    average: optax.Params | None  # the Polyak-Ruppert average, where asked for


def solve(
    problem: Problem,
    tx: optax.GradientTransformation,
    key: jax.Array,
    steps: int,
    *,
    average_from: ArrayLike | None = None,
) -> Solution:
    """Run an optimizer on a problem for a number of steps, as one `lax.scan`.

    The numbers of `tx` are arguments of the compiled program: another rate, horizon or beta compiles nothing anew, and
    `jax.vmap` and `jax.grad` go through it. A streaming problem is scanned a few batches at a time.

    Args:
        problem: What to solve.
        tx: An optimizer of this library or of Optax.
        key: A `jax.random.key`: of the start and all the noise.
        steps: Updates, >= 1.
        average_from: The step from which on parameters are averaged with equal weights (Polyak and Juditsky 1992),
            >= 0. None: no average.

    Returns:
        The solution.

    Raises:
        TypeError: `tx` is no gradient transformation.
        ValueError: `steps` is below 1, or `tx` would leave the problem's domain.

    Memory: that of one step, plus one number a step; 1 x params more for the average. Under `jax.grad`, the residuals
    of every step.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import Problem
        >>> bowl = Problem(lambda key: (jnp.array(4.0), ()), lambda x, state, key: (x, state, x**2 / 2))
        >>> solve(bowl, sgd(0.5), jax.random.key(0), steps=3).values
        Array([8. , 2. , 0.5], dtype=float32)
    """
    if not isinstance(tx, optax.GradientTransformation):
        raise TypeError(f"solve: tx must be a gradient transformation, got {tx!r}.")
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise ValueError(f"solve: steps must be a whole number >= 1, got {steps!r}.")
    check_domain(problem, tx, steps)
    tx = tx if isinstance(tx, Optimizer) else given(tx)
    if problem.stream is None:
        at, average, values = _advance(problem, tx, *_begin(problem, tx, key, average_from), None, average_from, steps)
    else:
        at, average = _begin(problem, tx, key, average_from)
        pieces = []
        for batches in problem.stream.chunks(steps):
            at, average, values = _advance(problem, tx, at, average, batches, average_from, None)
            pieces.append(values)
        values = jnp.concatenate(pieces)
    return Solution(at.params, at.state, at.optimizer_state, values, average)


@lift
def given(transform: optax.GradientTransformation) -> optax.GradientTransformation:
    """A plain Optax transformation as a value without leaves."""
    return transform


@jax.jit
def _begin(problem: Problem, tx: Optimizer, key: jax.Array, average_from: ArrayLike | None) -> tuple:
    at = start(problem, tx, key)
    return at, None if average_from is None else at.params


@functools.partial(jax.jit, static_argnames="steps")
def _advance(
    problem: Problem,
    tx: Optimizer,
    at: Iterate,
    average: optax.Params | None,
    batches: chex.ArrayTree | None,
    average_from: ArrayLike | None,
    steps: int | None,
) -> tuple[Iterate, optax.Params | None, jax.Array]:
    def body(carry: tuple, batch: Any) -> tuple:
        at, average = carry
        at, value = step(problem, tx, at, batch)
        if average_from is not None:
            weight = 1 / jnp.maximum(real(at.step) - real(average_from), 1)
            average = jax.tree.map(lambda a, p: a + weight.astype(p.dtype) * (p - a), average, at.params)
        return (at, average), value

    values: jax.Array
    (at, average), values = jax.lax.scan(body, (at, average), batches, length=steps)
    return at, average, values
