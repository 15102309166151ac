"""How lanes are best run on this machine: measured, chosen, and said."""

import functools
import math
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import jax

from lropt_jax.tuning.lanes import Work
from lropt_jax.tuning.memory import SHARE, lanes_at_once
from lropt_jax.tuning.programs import advance, begin, judge

_COMPILING = 3.0  # seconds: the least that a second program may cost, whatever the first took (it may be cached)
_FASTER = 0.9  # the most time of the program before that a wider one may take: it needs more memory
_GLANCE = 0.05  # seconds that a measurement takes at least
_SLICES = 20  # of a run that spans processes, whose clocks differ
_SLICE = 0.2  # seconds between two checks of a lane: for progress, divergence and Ctrl-C


class Plan(NamedTuple):
    """How lanes are run, and why."""

    lanes_per_program: int
    workers: int
    slice_steps: int
    why: str
    lanes_at_once: int | None = None  # that the memory holds; None: unlimited, or not known


def choose(
    work: Work,
    *,
    lanes_per_program: int | None,
    workers: int | None,
    stop: threading.Event,
    devices: int = 1,
) -> Plan:
    """How to run lanes here: as asked for, or as a short measurement says.

    On an accelerator all lanes of a structure go into one program, or into one a device. On a CPU programs of one lane,
    2, 4, 8 and so on are timed over a few steps with every worker busy, as long as each is a tenth faster than the one
    before and compiling it can pay. The states, gradients and updates of all lanes under way at once, while this is
    measured and later, stay below a quarter of the device's memory; only what is asked for may exceed that. Where lanes
    span processes nothing is measured. `stop` ends the timing early.
    """
    if work.spans:
        width = lanes_per_program or max(map(len, work.groups))
        return Plan(width, 1, math.ceil(work.steps / _SLICES), "lanes span processes: all must run the same programs")
    cpu = jax.default_backend() == "cpu"
    largest = math.ceil(max(map(len, work.groups)) / devices)
    limit = lanes_at_once(work) or len(work.lanes) + _cores()
    beside = max(1, limit // min(lanes_per_program or 1, largest))  # programs that fit beside each other
    asked, workers = workers, workers or (min(_cores(), beside) if cpu else 1)
    most, spare = max(1, limit // workers), f"; {limit} lanes at once fill {SHARE:.0%} of the memory"
    if lanes_per_program is not None or not cpu:
        width = min(lanes_per_program or min(largest, most), largest)
        _, each = _time(work, width, workers, stop)
        why = "as asked for" if lanes_per_program else "an accelerator takes all lanes side by side"
        why += spare * (not lanes_per_program and width < largest)
        return Plan(width, workers, _slice(each), why, limit)
    widest = math.ceil(largest / workers)
    scarce = most < widest or (asked is None and workers < _cores())
    plan = _climb(work, min(widest, most), workers, stop)._replace(lanes_at_once=limit)
    return plan._replace(why=plan.why + spare) if scarce else plan


def _climb(work: Work, widest: int, workers: int, stop: threading.Event) -> Plan:
    """The width that takes the least time a step and lane, of 1, 2, 4, 8 and so on up to `widest`."""
    compiling, each = _time(work, 1, workers, stop)
    plan, why = Plan(1, workers, _slice(each), ""), f"{1e3 * each:.3g} ms a step and lane alone"
    cost = max(compiling, _COMPILING) * len(work.groups)
    while plan.lanes_per_program < widest:
        if stop.is_set() or each * work.steps * len(work.lanes) / workers < cost:
            why += "; measuring more would cost more than it saves"
            break
        width = _wider(plan.lanes_per_program, widest)
        _, together = _time(work, width, workers, stop)
        why += f", {1e3 * together / width:.3g} ms in programs of {width}"
        if together / width > _FASTER * each:
            break
        each, plan = together / width, Plan(width, workers, _slice(together), "")
    return plan._replace(why=why)


def _wider(width: int, widest: int) -> int:
    """Twice as wide, or as wide as can be where that is near."""
    return 2 * width if 3 * width <= widest else widest


def _time(work: Work, width: int, workers: int, stop: threading.Event) -> tuple[float, float]:
    """Seconds that compiling took, and seconds a step, of a program of `width` lanes with every worker at it."""
    began = time.perf_counter()
    problem, steps = work.problem, work.steps
    tx, seeds = work.side_by_side(work.groups[0][:width], width)
    tracks = [begin(problem, tx, seeds, width) for _ in range(workers)]
    jax.block_until_ready(judge(problem, tracks[0].at, width, work.held))
    batches = None if work.first is None else jax.device_put(work.first.batches)  # beyond them the last one goes on
    tracks[0] = advance(problem, tx, tracks[0], 1, steps, width, batches)
    compiling = time.perf_counter() - began
    now, each = 1, 0.0
    with ThreadPoolExecutor(workers) as pool:
        while now < steps and each * now < _GLANCE and not stop.is_set():
            now = min(4 * now, steps)
            began = time.perf_counter()
            on = functools.partial(advance, problem, tx, now=now, steps=steps, width=width, batches=batches)
            tracks = list(pool.map(on, tracks))
            each = (time.perf_counter() - began) / now
    return compiling, each


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _slice(each: float) -> int:
    return max(1, int(_SLICE / max(each, 1e-7)))
