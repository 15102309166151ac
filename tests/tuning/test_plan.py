"""Tests of the choice of how to run lanes."""

import dataclasses
import threading

import jax
import jax.numpy as jnp
import pytest
from bowls import bowl

from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem
from lropt_jax.tuning import plan as plan_file
from lropt_jax.tuning.lanes import Lane, Work
from lropt_jax.tuning.memory import lane_bytes
from lropt_jax.tuning.plan import choose
from lropt_jax.tuning.programs import advance

LANES = [Lane("sgd", 0.1, seed, sgd(0.1)) for seed in range(6)]


def test_what_is_asked_for_is_done():
    plan = choose(Work(bowl, LANES, 20), lanes_per_program=6, workers=3, stop=threading.Event())
    assert (plan.lanes_per_program, plan.workers, plan.why) == (6, 3, "as asked for")


def test_no_program_is_wider_than_its_lanes():
    assert (
        choose(Work(bowl, LANES, 20), lanes_per_program=100, workers=1, stop=threading.Event()).lanes_per_program == 6
    )


def test_little_work_is_not_measured_twice():
    new = dataclasses.replace(bowl, name="new")
    plan = choose(Work(new, LANES, 20), lanes_per_program=None, workers=2, stop=threading.Event())
    assert plan.lanes_per_program == 1
    assert "measuring more would cost more than it saves" in plan.why
    assert "ms a step and lane alone" in plan.why


def test_what_is_compiled_already_does_not_make_another_program_look_cheap():
    for _ in range(2):
        plan = choose(Work(bowl, LANES, 1000), lanes_per_program=None, workers=2, stop=threading.Event())
        assert "measuring more would cost more than it saves" in plan.why


def test_much_work_is_measured_in_wider_programs_while_they_are_faster():
    plan = choose(Work(bowl, LANES * 6, 200_000_000), lanes_per_program=None, workers=2, stop=threading.Event())
    times = [float(text.split(" ms")[0]) for text in plan.why.split(", ")]
    widths = [1, 2, 4, 8, 18][: len(times)]
    assert all(f"in programs of {width}" in plan.why for width in widths[1:])
    better = next((place for place in range(1, len(times)) if times[place] > 0.9 * times[place - 1]), len(times))
    assert better >= len(times) - 1  # the first that is not a tenth faster is the last that is measured
    assert plan.lanes_per_program == widths[better - 1]
    assert plan.slice_steps > 1


def wide(numbers, lanes):
    problem = Problem(
        init=lambda key: (jnp.ones(numbers), ()),
        field=lambda x, state, key: (x, state, x @ x / 2),
        validate=lambda x, state, key: x @ x,
    )
    return Work(problem, [Lane("adam", 0.1, seed, adam(0.1)) for seed in range(lanes)], 200_000_000)


@pytest.fixture
def most(monkeypatch):
    """The most bytes of states that were there at once, beside what was there before."""
    seen, before = [0], sum(array.nbytes for array in jax.live_arrays())

    def counted(problem, tx, track, now, steps, width, batches):
        seen[0] = max(seen[0], sum(array.nbytes for array in jax.live_arrays()) - before)
        return advance(problem, tx, track, 1, steps, width, batches)

    monkeypatch.setattr(plan_file, "advance", counted)
    return seen


def test_measuring_takes_no_more_than_a_share_of_the_memory(monkeypatch, most):
    work = wide(10_000, 64)
    assert lane_bytes(work) == pytest.approx(5 * 4 * 10_000, rel=0.01)
    monkeypatch.setattr("lropt_jax.tuning.memory.device_memory", lambda: 3_400_000)
    times = iter([(0.0, 8.0), (0.0, 8.0), (0.0, 8.0)])  # each program seems faster than the one before
    timed = plan_file._time
    monkeypatch.setattr(plan_file, "_time", lambda *rest: (timed(*rest), next(times))[1])
    plan = choose(work, lanes_per_program=None, workers=2, stop=threading.Event())
    assert plan.lanes_per_program == 2  # four lanes of 200 kB in two programs are below 850 kB
    assert "4 lanes at once fill 25% of the memory" in plan.why
    assert 0.4 * 850_000 < most[0] <= 850_000


def test_many_lanes_are_never_held_at_once_to_choose_one_a_program(monkeypatch, most):
    work = wide(10_000, 64)
    timed = plan_file._time
    monkeypatch.setattr(plan_file, "_time", lambda *rest: (timed(*rest), (0.0, float(rest[1]) ** 2))[1])
    plan = choose(work, lanes_per_program=None, workers=2, stop=threading.Event())
    assert plan.lanes_per_program == 1
    assert most[0] <= 4 * lane_bytes(work)


def test_workers_are_as_many_as_the_memory_holds(monkeypatch):
    monkeypatch.setattr("lropt_jax.tuning.memory.device_memory", lambda: 500_000)
    monkeypatch.setattr(plan_file, "_cores", lambda: 2)
    plan = choose(wide(10_000, 8), lanes_per_program=None, workers=None, stop=threading.Event())
    assert (plan.lanes_per_program, plan.workers) == (1, 1)
    assert "1 lanes at once fill 25% of the memory" in plan.why


def test_what_is_stopped_is_not_measured_on():
    stop = threading.Event()
    stop.set()
    plan = choose(Work(bowl, LANES, 200_000_000), lanes_per_program=None, workers=2, stop=stop)
    assert "measuring more would cost more than it saves" in plan.why
