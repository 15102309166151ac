"""Solve a problem: one compiled loop of small steps."""

import functools
from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax._core.values import Optimizer
from lropt_jax.problems.domain import check_domain
from lropt_jax.problems.iterate import Iterate, start, step
from lropt_jax.problems.problem import Problem
from lropt_jax.wrappers import polyak_ruppert


class Solution(NamedTuple):
    """What a run ends with, and what it watched on the way."""

    params: optax.Params
    state: chex.ArrayTree
    optimizer_state: optax.OptState
    values: jax.Array  # (steps,) the watched value before each update
    average: optax.Params | None  # the mean of the later parameters, float32 or wider, where asked for


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
        average_from: Updates before the mean of all later parameters begins, >= 0: the `start` of
            `wrappers.polyak_ruppert`, which keeps it. None: no average.

    Returns:
        The solution.

    Raises:
        TypeError: `problem` is no problem, or `tx` no gradient transformation.
        ValueError: A number is outside its range, or `tx` would leave the problem's domain.

    Memory: that of one step, plus one number a step; for the average 1 x params, float32. Under `jax.grad`, the
    residuals of every step.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import Problem
        >>> bowl = Problem(lambda key: (jnp.array(4.0), ()), lambda x, state, key: (x, state, x**2 / 2))
        >>> solve(bowl, sgd(0.5), jax.random.key(0), steps=3).values
        Array([8. , 2. , 0.5], dtype=float32)
    """
    if not isinstance(problem, Problem):
        remedy = "; call it" if callable(problem) else ""
        raise TypeError(f"solve: problem must be a Problem, got {problem!r}{remedy}.")
    if not isinstance(tx, optax.GradientTransformation):
        raise TypeError(f"solve: tx must be a gradient transformation, got {tx!r}.")
    checks.whole("solve", steps=steps)
    if average_from is not None:
        checks.nonnegative("solve", average_from=average_from)
    check_domain(problem, tx, steps)
    tx = tx if isinstance(tx, Optimizer) else given(tx)
    if average_from is not None:
        tx = polyak_ruppert(tx, start=average_from)
    at = _begin(problem, tx, key)
    if problem.stream is None:
        at, values = _advance(problem, tx, at, None, steps)
    else:
        pieces = []
        for batches in problem.stream.chunks(steps):
            at, piece = _advance(problem, tx, at, batches, None)
            pieces.append(piece)
        values = jnp.concatenate(pieces)
    kept = at.optimizer_state
    own, average = (kept, None) if average_from is None else (kept.inner, kept.average)
    return Solution(at.params, at.state, own, values, average)


@lift
def given(transform: optax.GradientTransformation) -> optax.GradientTransformation:
    """A plain Optax transformation as a value without leaves."""
    return transform


_begin = jax.jit(start)


@functools.partial(jax.jit, static_argnames="steps")
def _advance(
    problem: Problem, tx: Optimizer, at: Iterate, batches: chex.ArrayTree | None, steps: int | None
) -> tuple[Iterate, jax.Array]:
    return jax.lax.scan(functools.partial(step, problem, tx), at, batches, length=steps)
