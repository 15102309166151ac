"""Tests of the time left."""

import heapq

import numpy as np
import pytest
from bowls import bowl

from lropt_jax.optimizers import adam, sgd
from lropt_jax.tuning import sweep
from lropt_jax.tuning.lanes import Lane, Work
from lropt_jax.tuning.remaining import Remaining, structures_of
from lropt_jax.tuning.runs import Run

SLOW = 8.0  # times as long as a step of the first structure


def passes(workers, diverging, seed):
    """Runs as workers make them, with a clock of its own: what was told at 10% of the time and later, and the truth."""
    rng, steps, runs = np.random.default_rng(seed), 100, 48
    remaining = Remaining(steps, workers, {place: int(place >= runs / 2) for place in range(runs)})
    remaining._each = {0: 1.3, 1: 0.7 * SLOW}  # a glance is not exact
    lasts = np.where(np.arange(runs) % 24 >= 24 * (1 - diverging), rng.integers(2, 20, runs), steps)  # of large rates
    queue, free, told = list(range(runs)), [(0.0, worker) for worker in range(workers)], []
    under_way = {}
    while free:
        now, worker = heapq.heappop(free)
        if worker in under_way:
            place, done = under_way[worker]
            step = min(5, lasts[place] - done)
            remaining.ran(place, step, done + step, step * SLOW ** remaining.structures[place])
            told.append((now, remaining.seconds))
            under_way[worker] = place, done + step
            if done + step >= lasts[place]:
                remaining.ended(place, done + step)
                del under_way[worker]
        if worker not in under_way and queue:
            under_way[worker] = queue.pop(0), 0
        if worker in under_way:
            place, done = under_way[worker]
            took = min(5, lasts[place] - done) * SLOW ** remaining.structures[place]
            heapq.heappush(free, (now + took, worker))
    return [(left, now, told[-1][0]) for now, left in told]


@pytest.mark.parametrize("workers", [1, 2, 8])
@pytest.mark.parametrize("diverging", [0.0, 0.25])
def test_it_is_right_within_a_factor_of_two_from_the_first_tenth_to_the_last(workers, diverging):
    for left, now, end in passes(workers, diverging, seed=workers):
        if 0.1 * end <= now <= 0.9 * end:  # later, how soon the last rates diverge decides
            assert 0.5 <= left / (end - now) <= 2, (left, end - now, now / end)


def test_nothing_is_known_before_a_step_and_nothing_is_left_after_the_last():
    remaining = Remaining(10, 2, {0: 0, 4: 1})
    assert remaining.seconds is None
    remaining.ran(0, 5, 5, 1.0)
    assert remaining.seconds == 2.0  # ten steps of 0.2 s; the other's five are made beside them
    for place in (0, 4):
        remaining.ended(place, 10)
    assert remaining.seconds == 0


def test_structures_are_timed_at_a_glance():
    lanes = [Lane("sgd", 0.1, 0, sgd(0.1)), Lane("adam", 0.1, 0, adam(0.1)), Lane("sgd", 0.2, 0, sgd(0.2))]
    work = Work(bowl, lanes, 50)
    structures = structures_of(work.groups, [0, 1, 2])
    assert structures == {0: 0, 1: 1, 2: 0}
    remaining = Remaining(50, 1, structures)
    remaining.glance(Run.begun(work, [0], 1))
    assert remaining.seconds > 0


def test_a_sweep_tells_it():
    reports = []
    sweep(bowl, [sgd, adam], rates=[0.1, 0.2], steps=20, seeds=1, on_progress=reports.append)
    assert all(report.left is not None for report in reports)
    assert reports[-1].left == 0
