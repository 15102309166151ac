"""A verdict on the learning rate of a run."""

from typing import Any

import jax
import optax

from lropt_jax._core.checking import check, checked
from lropt_jax._core.kinds import AnyOptimizer, Size
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax.diagnostics._reading import read
from lropt_jax.diagnostics._rows import Rows
from lropt_jax.diagnostics._trying import tried
from lropt_jax.diagnostics.diagnosis import Diagnosis
from lropt_jax.diagnostics.events import events
from lropt_jax.diagnostics.record import record
from lropt_jax.diagnostics.watch import watch
from lropt_jax.problems import Problem, check_domain

_LEAST = 100  # steps; the branches of a shorter run would have less than five
_ROWS = 50  # of the first part


@checked
def diagnose(
    run: Any,
    tx: AnyOptimizer | None = None,
    *,
    steps: Size | None = None,
    key: jax.Array | None = None,
) -> Diagnosis:
    """Say whether a learning rate is too high, too low or fine, with evidence, and what to do.

    Choose `diagnose(problem, tx, steps=..., key=...)` before a long run: it trains the first fifth, watched, and then
    tries other rates from there, for 0.5 to 0.75 of the whole run's cost; `tuning.auto` finds a rate for less. Choose
    `diagnose(record)` for a run that there is. It reads the record alone, so it says `cannot say` more often.
    docs/diagnosis.md says how often either is right.

    *With a problem.* A branch is a short run from where the first fifth ends, at 1/4, 1, 4, 16 and 64 times the rate,
    which falls to 0 over a twentieth of the run. All have the same batches. A branch at k times the rate goes as far in
    a k-th of the steps: so the branches say where the run would end, and whether more would be better. Then runs from
    the start at 1/4 and 1/16 say whether less would be. Losses are those by which rates are chosen: on held-out data
    where there are any, else on four batches. The gain is the fall from the start to the lowest of them all.

    * `too low`: a higher branch ends lower, and at the present rate 2% of the gain would be missing.
    * `too high`: the loss is not finite, or 5% of the gain would be missing, and lower rates have it. Or the schedule
      still rises, and a branch held at its peak loses a third of the gain.
    * `noise floor`: 5% would be missing, and are there as soon as the rate falls: noise holds the loss up.
    * `decays too early`: as `too low`, and the schedule has come down below half of its peak.
    * `fine`: less is missing. `cannot say`: nearly as much is missing, nothing moved, or the best branch is at 16 times
      the rate or more.

    *With a record.* `too high`: the run diverged, or the loss was over its start. `too low`: the second half of it
    brought 30% of the gain, or the loss has moved by less than its noise. `decays too early`: the loss stands still
    since the rate is below a tenth of its peak, and fell until then. `decays too late`: the loss was level with noise
    for half of the record, and fell when the rate came down. `noise floor`: the loss is level at a high rate.

    Args:
        run: A problem whose value is a loss, or a record: what `diagnostics.record` gives, of at least 8 rows.
        tx: The optimizer to be judged, of this library or of Optax; with a problem only.
        steps: Updates of the whole run, a whole number >= 1, and at least 100; with a problem only.
        key: A `jax.random.key`, for the start and all the noise; with a problem only.

    Returns:
        The verdict, its evidence, advice, events, cost and the record.

    Raises:
        ValueError: The record has too few rows or no loss, or columns are missing; the problem's value is a monitor, or
            it streams; or a number is outside its range.
        TypeError: `run` is neither a problem nor a record, or `tx` or `key` is missing.

    Memory: that of one run, and 3 x params.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import Problem
        >>> x = jnp.linspace(-1, 1, 64)
        >>> line = Problem.from_loss(
        ...     lambda w, batch: jnp.mean((w * batch[0] - batch[1]) ** 2), lambda key: jnp.zeros(()), (x, 3 * x))
        >>> diagnose(line, sgd(0.001), steps=200, key=jax.random.key(0)).verdict
        'too low'
    """
    if isinstance(run, Problem):
        return _of_problem(run, tx, steps, key)
    if tx is not None or steps is not None or key is not None:
        given = ", ".join(name for name, item in (("tx", tx), ("steps", steps), ("key", key)) if item is not None)
        raise WrongType(f"{given} must come with a Problem, got {type(run).__name__}; a record needs none of them.")
    rows = Rows.of(run).need_loss()
    return Diagnosis(*read(rows), tuple(events(run)), 0.0, run)


def _of_problem(problem: Problem, tx: Any, steps: int | None, key: Any) -> Diagnosis:
    check("tx", optax.GradientTransformation, tx)
    check("key", jax.Array, key)
    if steps is None or steps < _LEAST:
        raise Refused(f"steps must be at least {_LEAST} with a problem, got {steps}.")
    if problem.value != "loss":
        raise Refused(f"run must have a loss as its value, got a {problem.value}; give a record of its error.")
    if problem.stream is not None:
        raise Refused("run must draw its batches, got one that streams; watch your own run, and give its record.")
    check_domain(problem, tx, steps)
    first = max(1, steps // 50) * 10
    watched = watch(tx, every=max(1, first // _ROWS), keep=2 * _ROWS)
    found = tried(problem, watched, steps, key)
    rows = record(found.stand.at.optimizer_state)
    happened = events(rows) if len(rows["step"]) >= 5 else []
    return Diagnosis(*found.judgement, tuple(happened), found.cost / steps, rows)
