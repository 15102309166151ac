"""The derivative of a run's result by every number of its optimizer."""

import functools
import math
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import Size
from lropt_jax._core.limits import shown
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax._core.values import Optimizer
from lropt_jax.problems import Iterate, Problem, check_domain, start, step
from lropt_jax.tuning.arguments import check_problem
from lropt_jax.tuning.programs import criterion

_FEW = 8  # numbers up to which forward mode costs less than reverse mode


class Hypergradient(NamedTuple):
    """The result of a run, and its derivative by every number of the optimizer.

    `gradient` is an optimizer in form, with derivatives in the place of numbers: `gradient.learning_rate.peak`.
    """

    value: jax.Array  # () the criterion at the end, a mean over runs
    gradient: Optimizer


@checked
def hypergradient(
    problem: Problem,
    tx: Any,
    *,
    steps: Size,
    key: jax.Array,
    runs: Size = 1,
    mode: Literal["auto", "forward", "reverse"] = "auto",
) -> Hypergradient:
    """Differentiate the final validation loss by every number of an optimizer: rates, betas, lengths, weight decay.

    Forward mode carries a derivative per number through the run: n numbers take the time and the memory of about 1 + n
    runs. Reverse mode takes the time of about four runs, however many numbers there are. It keeps the iterate at every
    `sqrt(steps)`-th step and computes the others again (Maclaurin et al. 2015, arXiv:1502.03492, with the checkpoints
    of Chen et al. 2016, arXiv:1604.06174).

    Choose it to see which number matters, and to refine a schedule: `refine` does that. It says nothing where the run
    is chaotic: at rates near divergence the derivative over many steps explodes. `rates.hypergradient` is another
    thing: a rate that sets itself during one run.

    Args:
        problem: What to train. The criterion is differentiated: `validate`, else `judge`, else the training loss.
        tx: An optimizer of this library, or of any other under `lift`. Whole numbers count as real ones.
        steps: Updates of the run, a whole number >= 1.
        key: A `jax.random.key`, for the start and all the noise. One run is that of `solve` with this key.
        runs: Runs from as many keys, side by side, whose mean is differentiated, a whole number >= 1.
        mode: `"forward"`, `"reverse"`, or `"auto"`: forward for at most 8 numbers.

    Returns:
        The final criterion and its gradient. Another call with other numbers compiles nothing new.

    Raises:
        ValueError: A number is outside its range, the optimizer holds no number, or the problem streams its data.
        TypeError: The problem is no `Problem`, or `tx` is no optimizer of this library.

    Memory: forward, 1 + n times that of a run. Reverse, `2 sqrt(steps)` iterates and what a step computes.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import Problem
        >>> bowl = Problem(
        ...     init=lambda key: (jnp.array(1.0), ()),
        ...     field=lambda x, state, key: (x, state, x**2 / 2),
        ...     judge=lambda x, state: x**2)
        >>> found = hypergradient(bowl, sgd(0.5), steps=1, key=jax.random.key(0))  # (1 - rate)^2
        >>> found.value, found.gradient.learning_rate
        (Array(0.25, dtype=float32), Array(-1., dtype=float32))
    """
    check_problem(problem)
    if not isinstance(tx, Optimizer):
        raise WrongType(f"tx must be an optimizer of this library, or under `lift`, got {shown(tx)}.")
    check_domain(problem, tx, steps)
    numbers = jax.tree.map(lambda leaf: jnp.asarray(leaf, real(0).dtype), tx)
    many = sum(leaf.size for leaf in jax.tree.leaves(numbers))
    if not many:
        raise Refused(f"tx must hold a number to differentiate by, got {tx!r}.")
    forward = mode == "forward" or (mode == "auto" and many <= _FEW)
    keys = key[None] if runs == 1 else jax.random.split(key, runs)
    return Hypergradient(*differentiated(problem, numbers, keys, steps, forward))


@functools.partial(jax.jit, static_argnames=("steps", "forward"))
def differentiated(
    problem: Problem, tx: Optimizer, keys: jax.Array, steps: int, forward: bool
) -> tuple[jax.Array, Optimizer]:
    """The mean result of runs from these keys, and its gradient."""

    def result(tx: Optimizer) -> jax.Array:
        return result_of(problem, tx, keys, steps, forward)

    if not forward:
        return jax.value_and_grad(result)(tx)
    numbers, back = ravel_pytree(tx)
    towards = functools.partial(jax.jvp, lambda numbers: result(back(numbers)), (numbers,))
    value, slopes = jax.vmap(lambda way: towards((way,)), out_axes=(None, 0))(
        jnp.eye(len(numbers), dtype=numbers.dtype)
    )
    return value, back(slopes)


def result_of(problem: Problem, tx: Optimizer, keys: jax.Array, steps: int, forward: bool) -> jax.Array:
    """The mean of the criterion at the end of runs from these keys, to be differentiated forward or backward."""
    return jnp.mean(jax.vmap(lambda key: _result(problem, tx, key, steps, forward))(keys))


def _result(problem: Problem, tx: Optimizer, key: jax.Array, steps: int, forward: bool) -> jax.Array:
    """The criterion at the end of a run."""

    def run(at: Iterate, steps: int) -> Iterate:
        return jax.lax.scan(lambda at, _: (step(problem, tx, at)[0], None), at, length=steps)[0]

    at = start(problem, tx, key)
    if forward:
        at = run(at, steps)
    else:
        length = _segment(steps)
        again = functools.partial(jax.checkpoint, prevent_cse=False)  # inside a scan nothing is merged anyway
        at, _ = jax.lax.scan(again(lambda at, _: (run(at, length), None)), at, length=steps // length)
        if steps % length:
            at = jax.checkpoint(functools.partial(run, steps=steps % length))(at)
    return criterion(problem, at.params, at.state)[0]


def _segment(steps: int) -> int:
    """About the square root of it. A divisor where one is near: a remainder would compile the step once more."""
    root = math.isqrt(steps)
    near = [length for length in range(max(1, root // 2), 2 * root + 1) if steps % length == 0]
    return min(near, key=lambda length: abs(length - root), default=root)
