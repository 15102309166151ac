"""Run lanes on what this machine has: measured, chosen, and said."""

import functools
import math
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import NamedTuple

import jax
import numpy as np

from lropt_jax.problems import Problem
from lropt_jax.tuning.lanes import POINTS, Lane, Track, advance, begin, groups, judge, side_by_side

_GLANCE = 0.05  # seconds that a measurement takes at least
_SLICE = 0.2  # seconds between two looks at a lane: for progress, divergence and Ctrl-C


class Plan(NamedTuple):
    """How lanes are run, and why."""

    lanes_per_program: int
    workers: int
    slice_steps: int
    why: str


class Progress(NamedTuple):
    """Where a sweep stands."""

    done: int  # steps of all lanes together
    total: int
    alive: int  # lanes that are not diverged
    lanes: int


class Outcome(NamedTuple):
    """What became of a lane."""

    status: str  # "ok", "diverged" or "stopped"
    start: float  # validation loss before the first step
    validation: float
    test: float
    curve: np.ndarray  # (POINTS,) means of the watched value over equal shares of the run


@dataclass
class Engine:
    """Runs the lanes of one sweep.

    Lanes of one structure share one compiled program. On a CPU each worker is a thread that calls it for one chunk of
    `lanes_per_program` lanes after the other; XLA leaves Python's lock meanwhile.
    """

    problem: Problem
    lanes: Sequence[Lane]
    steps: int
    on_progress: Callable[[Progress], None] | None = None
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    _done: dict[int, int] = field(default_factory=dict)
    _dead: set[int] = field(default_factory=set)
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, plan: Plan) -> bool:
        """Run every lane, leaving what became of it in `outcomes`; False where Ctrl-C ended it early."""
        chunks = [
            places[at : at + plan.lanes_per_program]
            for places in groups(self.lanes)
            for at in range(0, len(places), plan.lanes_per_program)
        ]
        firsts = [places[: plan.lanes_per_program] for places in groups(self.lanes)]
        with ThreadPoolExecutor(plan.workers) as pool:
            for work, items in ((self._compile, firsts), (self._run, chunks)):
                futures = [pool.submit(work, plan, item) for item in items]
                try:
                    while wait(futures, timeout=0.1).not_done:
                        pass
                except KeyboardInterrupt:
                    self._stop.set()
                for future in futures:
                    future.result()
        return not self._stop.is_set()

    def _compile(self, plan: Plan, places: Sequence[int]) -> None:
        """Compile a structure's programs by a run of no steps, so that no two workers compile the same."""
        if not self._stop.is_set():
            width = plan.lanes_per_program
            tx, keys = side_by_side([self.lanes[place] for place in places], width)
            _advance(self.problem, tx, begin(self.problem, tx, keys, width), 0, self.steps, width)

    def _run(self, plan: Plan, places: Sequence[int]) -> None:
        if self._stop.is_set():
            return
        width = plan.lanes_per_program
        tx, keys = side_by_side([self.lanes[place] for place in places], width)
        track = begin(self.problem, tx, keys, width)
        before = _rows(judge(self.problem, track.at, width)[0])
        done = 0
        while done < self.steps and not self._stop.is_set():
            now = min(plan.slice_steps, self.steps - done)
            track = _advance(self.problem, tx, track, now, self.steps, width)
            done += now
            finite = _rows(track.finite)
            self._report(places, done, finite)
            if not finite.any():
                done = self.steps
        stopped = self._stop.is_set() and done < self.steps
        self._conclude(places, track, before, stopped, width)

    def _conclude(self, places: Sequence[int], track: Track, before: np.ndarray, stopped: bool, width: int) -> None:
        """Judge lanes where they ended and say what became of them."""
        validation, test = map(_rows, judge(self.problem, track.at, width))
        judged = self.problem.validate is not None or self.problem.judge is not None
        well = _rows(track.finite) & (np.isfinite(validation) & (validation <= before) if judged else True)
        curves = np.asarray(track.curve).reshape(width, POINTS)
        points = (np.arange(self.steps, dtype=np.float32) * POINTS / np.float32(self.steps)).astype(int)
        counts = np.bincount(np.minimum(points, POINTS - 1), minlength=POINTS)
        curves = np.divide(curves, counts, out=np.full_like(curves, np.nan), where=counts > 0)
        for row, place in enumerate(places):
            status = "stopped" if stopped else "ok" if well[row] else "diverged"
            self.outcomes[place] = Outcome(status, before[row], validation[row], test[row], curves[row])
        self._report(places, self.steps, well)

    def _report(self, places: Sequence[int], done: int, alive: np.ndarray) -> None:
        with self._lock:
            for place, lives in zip(places, alive, strict=False):
                self._done[place] = done
                if not lives:
                    self._dead.add(place)
                    self._done[place] = self.steps
            if self.on_progress is not None:
                lanes = len(self.lanes)
                total = sum(self._done.values())
                self.on_progress(Progress(total, self.steps * lanes, lanes - len(self._dead), lanes))


def choose(
    problem: Problem, lanes: Sequence[Lane], steps: int, *, lanes_per_program: int | None, workers: int | None
) -> Plan:
    """How to run lanes here: as asked for, or as a short measurement says.

    On an accelerator all lanes of a structure go into one program. On a CPU a lane alone and as many lanes as a worker
    would get are timed over a few steps with every worker busy; the second only where compiling it can pay.
    """
    cpu = jax.default_backend() == "cpu"
    workers = workers or (_cores() if cpu else 1)
    largest = max(map(len, groups(lanes)))
    if lanes_per_program is not None or not cpu:
        width = min(lanes_per_program or largest, largest)
        _, each = _time(problem, lanes, steps, width, workers)
        why = "as asked for" if lanes_per_program else "an accelerator takes all lanes side by side"
        return Plan(width, workers, _slice(each), why)
    compiling, alone = _time(problem, lanes, steps, 1, workers)
    width = math.ceil(largest / workers)
    left = alone * steps * len(lanes) / workers
    if width == 1 or left < compiling * len(groups(lanes)):
        why = f"{1e3 * alone:.3g} ms a step and lane alone; measuring more would cost more than it saves"
        return Plan(1, workers, _slice(alone), why)
    _, together = _time(problem, lanes, steps, width, workers)
    why = f"{1e3 * alone:.3g} ms a step and lane alone, {1e3 * together / width:.3g} ms in programs of {width}"
    if together / width < alone:
        return Plan(width, workers, _slice(together), why)
    return Plan(1, workers, _slice(alone), why)


def _time(problem: Problem, lanes: Sequence[Lane], steps: int, width: int, workers: int) -> tuple[float, float]:
    """Seconds that compiling took, and seconds a step, of a program of `width` lanes with every worker at it."""
    began = time.perf_counter()
    places = groups(lanes)[0][:width]
    tx, keys = side_by_side([lanes[place] for place in places], width)
    tracks = [begin(problem, tx, keys, width) for _ in range(workers)]
    jax.block_until_ready(judge(problem, tracks[0].at, width))
    tracks[0] = _advance(problem, tx, tracks[0], 1, steps, width)
    compiling = time.perf_counter() - began
    now, each = 1, 0.0
    with ThreadPoolExecutor(workers) as pool:
        while now < steps and each * now < _GLANCE:
            now = min(4 * now, steps)
            began = time.perf_counter()
            on = functools.partial(_advance, problem, tx, now=now, steps=steps, width=width)
            tracks = list(pool.map(on, tracks))
            each = (time.perf_counter() - began) / now
    return compiling, each


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _advance(problem: Problem, tx, track: Track, now: int, steps: int, width: int) -> Track:
    return jax.block_until_ready(advance(problem, tx, track, np.int32(now), np.float32(steps), width))


def _slice(each: float) -> int:
    return max(1, int(_SLICE / max(each, 1e-7)))


def _rows(array: jax.Array) -> np.ndarray:
    return np.atleast_1d(np.asarray(array))
