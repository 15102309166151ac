"""Train optimizers x rates x seeds, side by side."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from lropt_jax._core import checks
from lropt_jax.problems import Problem, check_domain
from lropt_jax.schedules import linear
from lropt_jax.tuning.counts import different, seeds_of, whole
from lropt_jax.tuning.engine import Engine, Outcome, Progress, interrupts
from lropt_jax.tuning.lanes import Lane, groups, makers
from lropt_jax.tuning.plan import choose
from lropt_jax.tuning.programs import POINTS
from lropt_jax.tuning.rates import log_rates
from lropt_jax.tuning.result import Sweep


def sweep(
    problem: Problem,
    optimizers: Any,
    *,
    steps: int,
    rates: Iterable[float] | Mapping[str, Iterable[float]] | None = None,
    seeds: int | Iterable[int] = 3,
    schedule: Callable[[Any, int], Any] | None = linear,
    lanes_per_program: int | None = None,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Sweep:
    """Train every optimizer at every rate from every seed, and keep how each run ended.

    Lanes of one structure (the same optimizer with other numbers) share one compilation. A lane whose loss is not
    finite, or that ends worse than it began, is marked as diverged: it touches no other lane and never wins.

    Args:
        problem: What to train. Rates are chosen by `validate`, else by `judge`, else by the training loss.
        optimizers: One, a sequence, or a dict by name, of: factories such as `adam`, functions `rate -> optimizer`
            (`lambda rate: chain(clip(1.0), sgd(rate, momentum=0.9))`), or optimizers, whose rate is replaced.
        steps: Updates of each lane, >= 1.
        rates: Learning rates, > 0 and different, for all or by optimizer. None: 24 from 1e-4 to 1, see `log_rates`.
        seeds: How many, or which, in [0, 2**32) and different. The same seeds serve every rate.
        schedule: `schedule(rate, steps)` makes what the optimizer takes as its rate; None for a constant one. The
            default falls linearly to 0, without which a sweep picks a rate for its noise.
        lanes_per_program: Lanes in one compiled program. None: measured and chosen; the result says why.
        workers: Threads that run programs. None: one per core on a CPU, one on an accelerator.
        on_progress: Called from the workers a few times a second with a `Progress`.

    Returns:
        The sweep. Ctrl-C ends it early: `finished` is then False, and what has ended is there.

    Raises:
        ValueError: A number outside its range, a problem whose value says nothing about a rate, or one that streams.
        TypeError: A problem or an optimizer that is none.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import Problem
        >>> bowl = Problem(
        ...     init=lambda key: (jnp.ones(2), ()),
        ...     field=lambda x, state, key: (x, state, x @ x / 2),
        ...     judge=lambda x, state: x @ x)
        >>> found = sweep(bowl, sgd, rates=[0.1, 1.0, 30.0], steps=20, seeds=1)
        >>> found.best().rate, found.status.tolist()
        (1.0, ['ok', 'ok', 'diverged'])
    """
    _check(problem)
    steps, seeds = whole("sweep", steps=steps), seeds_of("sweep", seeds)
    lanes_per_program = None if lanes_per_program is None else whole("sweep", lanes_per_program=lanes_per_program)
    workers = None if workers is None else whole("sweep", workers=workers)
    with interrupts() as stop:
        lanes = _lanes(makers(optimizers), rates, seeds, schedule, steps)
        for lane in lanes:
            check_domain(problem, lane.tx, steps)
        began = time.perf_counter()
        plan = choose(problem, lanes, steps, lanes_per_program=lanes_per_program, workers=workers, stop=stop)
        engine = Engine(problem, lanes, steps, on_progress, stop)
        finished = engine.run(plan)
    how = {
        "lanes_per_program": plan.lanes_per_program,
        "workers": plan.workers,
        "structures": len(groups(lanes)),
        "seconds": round(time.perf_counter() - began, 2),
        "why": plan.why,
    }
    return _collect(problem, lanes, steps, engine.outcomes, how, finished)


def _check(problem: Problem) -> None:
    if not isinstance(problem, Problem):
        raise TypeError(f"sweep: problem must be a Problem, got {problem!r}{'; call it first' * callable(problem)}.")
    if problem.stream is not None:
        raise ValueError("sweep: problem must hold its data as arrays, got a stream; every lane would need its own.")
    if problem.value == "monitor" and problem.validate is None and problem.judge is None:
        raise ValueError("sweep: problem must have validate or judge, since its value is a monitor and no loss.")


def _lanes(
    makers: Mapping[str, Callable], rates: Any, seeds: Sequence[int], schedule: Callable | None, steps: int
) -> list[Lane]:
    lanes = []
    if not isinstance(rates, Mapping):
        rates = dict.fromkeys(makers, log_rates() if rates is None else list(rates))
    for name, make in makers.items():
        if name not in rates:
            raise ValueError(f"sweep: rates must name every optimizer, got none for {name}.")
        mine = list(map(float, rates[name]))
        checks.positive("sweep", rates=mine)
        for rate in different("sweep", rates=mine):
            tx = make(rate if schedule is None else schedule(rate, steps))
            lanes += [Lane(name, rate, seed, tx) for seed in seeds]
    if not lanes:
        raise ValueError("sweep: rates must be at least one, got none.")
    return lanes


def _collect(
    problem: Problem, lanes: list[Lane], steps: int, outcomes: Mapping[int, Outcome], engine: dict, finished: bool
) -> Sweep:
    never = Outcome("stopped", np.nan, np.nan, np.nan, np.full(POINTS, np.nan))
    ends = [outcomes.get(place, never) for place in range(len(lanes))]
    curve = np.array([end.curve for end in ends])
    last = np.array([row[np.flatnonzero(~np.isnan(row))[-1]] if np.any(~np.isnan(row)) else np.nan for row in curve])
    validation = np.array([end.validation for end in ends])
    chosen_by = "validation" if problem.validate else "error" if problem.judge else "training"
    return Sweep(
        problem=problem.name,
        score=problem.score,
        value=problem.value,
        chosen_by=chosen_by,
        steps=steps,
        optimizer=np.array([lane.optimizer for lane in lanes]),
        rate=np.array([lane.rate for lane in lanes]),
        seed=np.array([lane.seed for lane in lanes]),
        status=np.array([end.status for end in ends]),
        start=np.array([end.start for end in ends]) if chosen_by != "training" else curve[:, 0],
        train=last,
        validation=validation if chosen_by != "training" else last,
        test=np.array([end.test for end in ends]),
        curve=curve,
        txs=[lane.tx for lane in lanes],
        engine=engine,
        finished=finished,
    )
