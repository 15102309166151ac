"""Tests of the choice of how to run lanes."""

import dataclasses
import threading

from bowls import bowl

from lropt_jax.optimizers import sgd
from lropt_jax.tuning.lanes import Lane, Work
from lropt_jax.tuning.plan import choose

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


def test_much_work_is_measured_both_ways_and_the_better_taken():
    plan = choose(Work(bowl, LANES, 200_000_000), lanes_per_program=None, workers=2, stop=threading.Event())
    alone, together = (float(text.split(" ms")[0]) for text in plan.why.split(", "))
    assert "in programs of 3" in plan.why
    assert plan.lanes_per_program == (3 if together < alone else 1)
    assert plan.slice_steps > 1


def test_what_is_stopped_is_not_measured_on():
    stop = threading.Event()
    stop.set()
    plan = choose(Work(bowl, LANES, 200_000_000), lanes_per_program=None, workers=2, stop=stop)
    assert "measuring more would cost more than it saves" in plan.why
