"""Solve a problem: one compiled loop of small steps."""

import functools
import warnings
from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from lropt_jax._core.brief import brief
from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import AnyOptimizer, Size, StepNumber
from lropt_jax._core.lifting import lift
from lropt_jax._core.refusal import WrongType
from lropt_jax._core.showing import page
from lropt_jax._core.trees import OptState, Params, Tree
from lropt_jax._core.values import Optimizer
from lropt_jax.problems.domain import check_domain
from lropt_jax.problems.iterate import Iterate, descend, noise_at, start
from lropt_jax.problems.models import unsealed
from lropt_jax.problems.problem import Problem
from lropt_jax.wrappers import averaged, polyak_ruppert


class Solution(NamedTuple):
    """The end of a run, and the value that the problem watched at each step."""

    params: Params
    state: Tree
    optimizer_state: OptState
    values: jax.Array  # (steps,) the watched value before each update
    average: Params | None  # the mean of the later parameters, float32 or wider; None: not asked for
    metrics: Mapping[str, jax.Array] = {}  # (steps,) each, what else the problem watched, by name

    @property
    def draws(self) -> Tree | None:
        """What a sampler has kept, (chains, draws, ...) for each array. None: the problem is no sampler."""
        return getattr(self.state, "draws", None)

    def __repr__(self) -> str:
        return brief(self)

    def _repr_html_(self) -> str:
        return page(self)


@checked
def solve(
    problem: Problem, tx: AnyOptimizer, key: jax.Array, steps: Size, *, average_from: StepNumber | None = None
) -> Solution:
    """Run an optimizer on a problem for a number of steps, as one `lax.scan`.

    The numbers of `tx` are arguments of the compiled program, so another rate, horizon or beta compiles nothing new.
    `jax.vmap` and `jax.grad` go through it. A streaming problem is scanned a few batches at a time.

    Args:
        problem: What to solve.
        tx: An optimizer of this library or of Optax.
        key: A `jax.random.key`, for the start and all the noise.
        steps: Updates, a whole number >= 1.
        average_from: Updates before the average begins, >= 0. It is the mean of all later parameters;
            `wrappers.polyak_ruppert` keeps it, and this is its `start`. None: no average.

    Returns:
        The solution, with the metrics of each step where the problem has any.

    Raises:
        TypeError: `problem` is no problem, or `tx` no gradient transformation.
        ValueError: A number is outside its range, or `tx` would leave the problem's domain.

    Warns where a problem has a `review` and that finds fault with the run, as that of `tsne` does.

    Memory: that of one step, and one number a step. The average takes 1 x params, float32. Under `jax.grad` come the
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
        raise WrongType(f"problem must be a Problem, got {problem!r}{remedy}.")
    check_domain(problem, tx, steps)
    tx = tx if isinstance(tx, Optimizer) else given(tx)
    if average_from is not None:
        tx = polyak_ruppert(tx, start=average_from)
    at = _begin(problem, tx, key)
    if problem.stream is None:
        at, seen = _advance(problem, tx, at, None, steps)
    else:
        pieces = []
        for batches in problem.stream.chunks(steps):
            at, piece = _advance(problem, tx, at, batches, None)
            pieces.append(piece)
        seen = jax.tree.map(lambda *each: jnp.concatenate(each), *pieces)
    (values, metrics), kept = seen, at.optimizer_state
    _warn(problem, values)
    own, average = (kept, None) if average_from is None else (kept.inner, averaged(kept._replace(inner=()), at.params))
    return Solution(unsealed(at.params), at.state, own, values, unsealed(average), metrics)


def _warn(problem: Problem, values: jax.Array) -> None:
    """Say where a person sees it that a run went wrong, if its problem can tell."""
    if problem.review is None or isinstance(values, jax.core.Tracer) or not values.is_fully_addressable:
        return
    told = problem.review(problem, np.asarray(values))
    if told is not None:
        warnings.warn(f"solve: {told}", stacklevel=4)  # above this, `solve` and what checks its arguments


@lift
def given(transform: optax.GradientTransformation) -> optax.GradientTransformation:
    """A plain Optax transformation as a value without leaves."""
    return transform


_begin = jax.jit(start)


@functools.partial(jax.jit, static_argnames="steps")
def _advance(
    problem: Problem, tx: Optimizer, at: Iterate, batches: Tree | None, steps: int | None
) -> tuple[Iterate, tuple[jax.Array, dict[str, jax.Array]]]:
    def body(at: Iterate, batch: Tree | None) -> tuple[Iterate, tuple[jax.Array, dict[str, jax.Array]]]:
        noise = noise_at(at, batch)
        found = problem.field(at.params, *noise)
        at, value = descend(problem, tx, at, noise, found, streamed=batch is not None)
        return at, (value, *(found[3:] or ({},)))

    return jax.lax.scan(body, at, batches, length=steps)
