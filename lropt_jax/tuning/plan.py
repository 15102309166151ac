"""How lanes are best run on this machine: measured, chosen, and said."""

import functools
import math
import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import jax

from lropt_jax.problems import Problem
from lropt_jax.tuning.lanes import Lane, groups, side_by_side
from lropt_jax.tuning.programs import advance, begin, judge

_COMPILING = 3.0  # seconds that another program is taken to cost at least, also where this one was there already
_GLANCE = 0.05  # seconds that a measurement takes at least
_SLICE = 0.2  # seconds between two looks at a lane: for progress, divergence and Ctrl-C


class Plan(NamedTuple):
    """How lanes are run, and why."""

    lanes_per_program: int
    workers: int
    slice_steps: int
    why: str


def choose(
    problem: Problem,
    lanes: Sequence[Lane],
    steps: int,
    *,
    lanes_per_program: int | None,
    workers: int | None,
    stop: threading.Event,
) -> Plan:
    """How to run lanes here: as asked for, or as a short measurement says.

    On an accelerator all lanes of a structure go into one program. On a CPU a lane alone and as many lanes as a worker
    would get are timed over a few steps with every worker busy; the second only where compiling it can pay. `stop`
    ends that early.
    """
    cpu = jax.default_backend() == "cpu"
    workers = workers or (_cores() if cpu else 1)
    largest = max(map(len, groups(lanes)))
    if lanes_per_program is not None or not cpu:
        width = min(lanes_per_program or largest, largest)
        _, each = _time(problem, lanes, steps, width, workers, stop)
        why = "as asked for" if lanes_per_program else "an accelerator takes all lanes side by side"
        return Plan(width, workers, _slice(each), why)
    compiling, alone = _time(problem, lanes, steps, 1, workers, stop)
    width = math.ceil(largest / workers)
    left = alone * steps * len(lanes) / workers
    if stop.is_set() or width == 1 or left < max(compiling, _COMPILING) * len(groups(lanes)):
        why = f"{1e3 * alone:.3g} ms a step and lane alone; measuring more would cost more than it saves"
        return Plan(1, workers, _slice(alone), why)
    _, together = _time(problem, lanes, steps, width, workers, stop)
    why = f"{1e3 * alone:.3g} ms a step and lane alone, {1e3 * together / width:.3g} ms in programs of {width}"
    if together / width < alone:
        return Plan(width, workers, _slice(together), why)
    return Plan(1, workers, _slice(alone), why)


def _time(
    problem: Problem, lanes: Sequence[Lane], steps: int, width: int, workers: int, stop: threading.Event
) -> tuple[float, float]:
    """Seconds that compiling took, and seconds a step, of a program of `width` lanes with every worker at it."""
    began = time.perf_counter()
    places = groups(lanes)[0][:width]
    tx, keys = side_by_side([lanes[place] for place in places], width)
    tracks = [begin(problem, tx, keys, width) for _ in range(workers)]
    jax.block_until_ready(judge(problem, tracks[0].at, width))
    tracks[0] = advance(problem, tx, tracks[0], 1, steps, width)
    compiling = time.perf_counter() - began
    now, each = 1, 0.0
    with ThreadPoolExecutor(workers) as pool:
        while now < steps and each * now < _GLANCE and not stop.is_set():
            now = min(4 * now, steps)
            began = time.perf_counter()
            on = functools.partial(advance, problem, tx, now=now, steps=steps, width=width)
            tracks = list(pool.map(on, tracks))
            each = (time.perf_counter() - began) / now
    return compiling, each


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _slice(each: float) -> int:
    return max(1, int(_SLICE / max(each, 1e-7)))
