"""One pass: optimizers x points x seeds, trained side by side. `sweep` is one, `tune` is two."""

import contextlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import numpy as np

from lropt_jax.problems import Problem, check_domain
from lropt_jax.tuning.columns import columns
from lropt_jax.tuning.devices import Devices
from lropt_jax.tuning.engine import Engine, Outcome, Progress
from lropt_jax.tuning.faults import fault_of
from lropt_jax.tuning.interrupts import interrupts
from lropt_jax.tuning.kept import Kept
from lropt_jax.tuning.lanes import Lane, Work
from lropt_jax.tuning.makers import Maker, made
from lropt_jax.tuning.plan import Plan, choose
from lropt_jax.tuning.programs import POINTS
from lropt_jax.tuning.result import Sweep
from lropt_jax.tuning.space import Point
from lropt_jax.tuning.updates import updates_of


def run_pass(
    problem: Problem,
    makers: Mapping[str, Maker],
    *,
    steps: int,
    points: Mapping[str, Sequence[Point]],
    seeds: Sequence[int],
    schedule: Callable[[Any, int], Any] | None,
    lanes_per_program: int | None,
    workers: int | None,
    on_progress: Callable[[Progress], None] | None,
    stop: threading.Event | None = None,
    resume: Any = None,
    devices: Devices = (),
) -> Sweep:
    """Train every optimizer at each of its points from every seed. The arguments are checked already.

    `stop` ends the pass early. None: Ctrl-C does. `resume` and `devices`: see `sweep`.
    """
    steps = int(steps)
    problem = jax.device_put(problem, devices[0]) if devices else problem
    with interrupts() if stop is None else contextlib.nullcontext(stop) as stop:
        work = Work(problem, lanes_of(problem, makers, points, seeds, schedule, steps), steps)
        for lane in work.lanes:
            check_domain(problem, lane.tx, steps)
        began = time.perf_counter()
        kept = None if resume is None else Kept.at(resume, work)
        plan = planned(work, kept, lanes_per_program, workers, stop, len(devices))
        engine = Engine(work, on_progress, stop, kept=kept, devices=devices)
        finished = engine.run(plan)
    how = told(work, plan, engine.outcomes, began)
    how |= {"devices": len(devices)} if devices else {}
    how |= {} if kept is None else {"resume": kept.told()}
    return collected(work, engine.outcomes, how, finished)


def told(work: Work, plan: Plan, outcomes: Mapping[int, Outcome], began: float) -> dict[str, Any]:
    """How lanes were run since `began`, and whether the problem is to blame for their end: `Sweep.engine`."""
    how = {
        "lanes_per_program": plan.lanes_per_program,
        "workers": plan.workers,
        "structures": len(work.groups),
        "seconds": round(time.perf_counter() - began, 2),
        "why": plan.why,
    }
    fault = fault_of(work, outcomes)
    return how if fault is None else {**how, "fault": fault}


def planned(
    work: Work,
    kept: Kept | None,
    lanes_per_program: int | None,
    workers: int | None,
    stop: threading.Event,
    devices: int,
) -> Plan:
    """The plan of a run that was killed, or a new one."""
    plan = None if kept is None else kept.plan(lanes_per_program)
    if plan is None:
        plan = choose(work, lanes_per_program=lanes_per_program, workers=workers, stop=stop, devices=max(1, devices))
    if kept is not None and not stop.is_set():
        kept.keep_plan(plan, lanes_per_program)
    return plan._replace(workers=workers or max(plan.workers, devices))


def lanes_of(
    problem: Problem,
    makers: Mapping[str, Maker],
    points: Mapping[str, Sequence[Point]],
    seeds: Sequence[int],
    schedule: Callable[[Any, int], Any] | None,
    steps: int,
) -> list[Lane]:
    """The runs to make: every optimizer at each of its points from every seed."""
    lanes = []
    for name, make in makers.items():
        counted: dict[tuple, int] = {}  # by values: rates make no difference
        for point in points[name]:
            tx = made(make, point, schedule, steps)
            key = tuple((path, id(item)) for path, item in point.values.items())
            if key not in counted:
                counted[key] = updates_of(tx, problem, steps)
            if counted[key] < steps:
                tx = made(make, point, schedule, steps, counted[key])
            lanes += [Lane(name, point.rate, seed, tx, point.values) for seed in seeds]
    return lanes


def collected(work: Work, outcomes: Mapping[int, Outcome], how: dict[str, Any], finished: bool) -> Sweep:
    """How the lanes ended, as a sweep. A lane without an outcome was stopped."""
    problem, lanes = work.problem, work.lanes
    never = Outcome("stopped", np.nan, np.nan, np.nan, np.full(POINTS, np.nan))
    ends = [outcomes.get(place, never) for place in range(len(lanes))]
    curve = np.array([end.curve for end in ends])
    train, first = (np.array([_end_of(row, place) for row in curve]) for place in (-1, 0))
    trained = problem.criterion == "training"
    return Sweep(
        problem=problem.name,
        score=problem.score,
        value=problem.value,
        chosen_by=problem.criterion,
        steps=work.steps,
        optimizer=np.array([lane.optimizer for lane in lanes]),
        rate=np.array([lane.rate for lane in lanes]),
        seed=np.array([lane.seed for lane in lanes]),
        status=np.array([end.status for end in ends]),
        start=first if trained else np.array([end.start for end in ends]),
        train=train,
        validation=train if trained else np.array([end.validation for end in ends]),
        test=np.array([end.test for end in ends]),
        curve=curve,
        txs=[lane.tx for lane in lanes],
        engine=how,
        finished=finished,
        values=columns([lane.values for lane in lanes]),
        metrics=columns([end.metrics for end in ends]),
    )


def _end_of(row: np.ndarray, place: int) -> float:
    """The first point of a curve, or the last, of those that are there."""
    known = row[~np.isnan(row)]
    return known[place] if len(known) else np.nan
