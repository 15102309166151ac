"""A schedule made better by the derivatives of the final loss."""

import functools
from dataclasses import dataclass
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from typing_extensions import TypeAliasType

from lropt_jax._core.checking import checked
from lropt_jax._core.edits import edited
from lropt_jax._core.kinds import Positive, Range, Size
from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax._core.showing import Shown
from lropt_jax._core.values import Optimizer, Schedule
from lropt_jax.optimizers import adam
from lropt_jax.problems import Problem, check_domain
from lropt_jax.rates import Rate
from lropt_jax.schedules import linear, sampled, stretch
from lropt_jax.tuning.arguments import check_problem
from lropt_jax.tuning.hypergradient import result_of

Knots = TypeAliasType("Knots", Annotated[int, Range(2, whole=True), "how many"])


@dataclass(frozen=True, eq=False, repr=False)
class Refined(Shown):
    """A schedule before and after its refinement.

    Attributes:
        tx: The optimizer with the refined schedule.
        schedule: Straight lines between rates: `stretch(sampled(rates), steps / (knots - 1))`.
        before: The criterion at the end with the schedule that was given: a mean over runs that were not learned from.
        after: The same with the refined one.
        history: The criterion at each update, (updates,), each from other runs.
    """

    tx: Optimizer
    schedule: Schedule
    before: float
    after: float
    history: np.ndarray

    def __repr__(self) -> str:
        change = self.after / self.before - 1 if self.before else np.nan
        return f"Refined: {self.before:.4g} -> {self.after:.4g} ({change:+.1%})\ntx = {self.tx!r}"


@checked
def refine(
    problem: Problem,
    tx: Any,
    *,
    steps: Size,
    key: jax.Array,
    knots: Knots = 8,
    updates: Size = 60,
    size: Positive = 0.05,
    runs: Size = 16,
) -> Refined:
    """Refine the schedule of an optimizer by hypergradients: a piecewise-linear one, from the one that it has.

    It reads the rates at `knots` steps, and descends the mean criterion at the end of `runs` new runs in the logarithm
    of each rate, by Adam with a linear decay. A rate that is 0 at the last knot begins at a hundredth of the largest.
    No single run may pull hard, since near divergence the derivatives of a few runs explode.

    Choose it where many runs of the same problem pay for a better schedule: it takes the time of about
    `4 * updates * runs` of them. Tune the rate first: this changes a rate by tens of percent. The schedule belongs to
    the problem and its length. Where `after` is not below `before`, keep the schedule that you had.

    Args:
        problem: What to train, as in `hypergradient`.
        tx: An optimizer with one learning rate, a number or a schedule, inside wrappers too.
        steps: Updates of a run, a whole number >= 1.
        key: A `jax.random.key`, for all runs.
        knots: Rates of the new schedule, a whole number >= 2.
        updates: Times that all rates are changed, a whole number >= 1.
        size: How far the logarithm of a rate moves in the first update, > 0.
        runs: Runs side by side in each update, a whole number >= 1.

    Returns:
        The optimizer with its new schedule, and the criterion before and after on `runs` other runs.

    Raises:
        ValueError: A number is outside its range, the optimizer has several learning rates or one that is 0, or the
            problem streams its data.
        TypeError: The problem is no `Problem`, or `tx` is no optimizer of this library with a learning rate.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import Problem
        >>> noisy = Problem(
        ...     init=lambda key: (jnp.ones(4), ()),
        ...     field=lambda x, state, key: (x + jax.random.normal(key, (4,)), state, x @ x / 2),
        ...     judge=lambda x, state: x @ x)
        >>> found = refine(noisy, sgd(0.3), steps=30, key=jax.random.key(0), size=0.1)
        >>> found.after < found.before / 2, float(found.schedule(0) / found.schedule(29)) > 2
        (True, True)
    """
    check_problem(problem)
    if not isinstance(tx, Optimizer):
        raise WrongType(f"tx must be an optimizer of this library, or under `lift`, got {shown(tx)}.")
    check_domain(problem, tx, steps)
    learn, judge = jax.random.split(key)
    spread = max(steps - 1, 1) / (knots - 1)
    logs = jnp.log(_positive(_rates(tx, np.arange(knots) * spread)))
    logs, history = _descended(problem, tx, logs, adam(linear(size, updates)), spread, learn, steps, updates, runs)
    schedule = stretch(sampled(np.exp(np.asarray(logs))), spread)
    refined = _placed(tx, schedule)
    keys = jax.random.split(judge, runs)
    before, after = (float(_ended(problem, each, keys, steps)) for each in (tx, refined))
    return Refined(refined, schedule, before, after, np.asarray(history))


def _placed(tx: Optimizer, schedule: Schedule) -> Optimizer:
    """The optimizer with another schedule."""
    return edited(tx, lambda optimizer, name: optimizer.replace(**{name: schedule}))


def _rates(tx: Optimizer, steps: np.ndarray) -> np.ndarray:
    """The rates of its one schedule at some steps."""
    found: list[Any] = []

    def look(optimizer: Optimizer, name: str) -> Optimizer:
        found.append(optimizer.arguments[name])
        return optimizer

    edited(tx, look)
    if len(found) > 1:
        raise Refused(f"tx must have one learning rate, got {len(found)} in {tx!r}.")
    (rate,) = found
    if isinstance(rate, Rate):
        raise WrongType(f"tx must have a number or a schedule as its learning rate, got {rate!r}, which sets itself.")
    return np.array([float(rate(step) if callable(rate) else rate) for step in steps])


def _positive(rates: np.ndarray) -> np.ndarray:
    """The rates, at least a hundredth of the largest: the logarithm of 0 never moves."""
    if not rates.max() > 0:
        raise Refused("tx must have a learning rate that is > 0 at some step.")
    return np.maximum(rates, 0.01 * rates.max())


@functools.partial(jax.jit, static_argnames=("steps", "updates", "runs"))
def _descended(
    problem: Problem, tx: Optimizer, logs: jax.Array, rule: Optimizer, spread: ArrayLike, key: jax.Array,
    steps: int, updates: int, runs: int,
) -> tuple[jax.Array, jax.Array]:  # fmt: skip
    """The logarithms of the refined rates, and the mean result before each update."""

    def result(logs: jax.Array, key: jax.Array) -> jax.Array:
        own = _placed(tx, stretch(sampled(jnp.exp(logs)), spread))
        return result_of(problem, own, key[None], steps, forward=False)

    def update(carry: tuple, key: jax.Array) -> tuple[tuple, jax.Array]:
        logs, state = carry
        keys = jax.random.split(key, runs)
        values, slopes = jax.vmap(jax.value_and_grad(result), (None, 0))(logs, keys)
        moves, state = rule.update(_bounded(values, slopes), state, logs)
        return (logs + moves, state), jnp.mean(values)

    (logs, _), history = jax.lax.scan(update, (logs, rule.init(logs)), jax.random.split(key, updates))
    return logs, history


def _bounded(values: jax.Array, slopes: jax.Array) -> jax.Array:
    """The relative change of the mean result by the logarithms of the rates.

    No run counts for more than a change of 1: near divergence the derivatives of few runs are a thousand times those of
    the others, and would decide alone. A run without a finite derivative counts as none.
    """
    shares = jnp.nan_to_num(slopes / jnp.mean(values), posinf=0.0, neginf=0.0)
    norms = jnp.linalg.norm(shares, axis=1, keepdims=True)
    return jnp.mean(shares / jnp.maximum(norms, 1), 0)


_ended = jax.jit(functools.partial(result_of, forward=True), static_argnames="steps")
