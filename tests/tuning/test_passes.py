"""Tests of one pass."""

import dataclasses
import signal

import numpy as np
from bowls import bowl

from lropt_jax.optimizers import sgd
from lropt_jax.tuning import passes
from lropt_jax.tuning.passes import run_pass
from lropt_jax.tuning.plan import Plan
from lropt_jax.tuning.space import Grid

HOW = {
    "points": {"a": Grid((0.1, 0.2)).points(), "b": Grid((0.3,)).points()},
    "schedule": None,
    "lanes_per_program": 1,
    "workers": 1,
    "on_progress": None,
}
MAKERS = {"b": sgd, "a": lambda rate: sgd(rate, momentum=0.5)}


def test_lanes_are_optimizers_by_rates_by_seeds():
    found = run_pass(bowl, MAKERS, steps=np.int64(5), seeds=[7, 3], **HOW)
    assert found.optimizer.tolist() == ["b", "b", "a", "a", "a", "a"]
    assert found.rate.tolist() == [0.3, 0.3, 0.1, 0.1, 0.2, 0.2]
    assert found.seed.tolist() == [7, 3] * 3
    assert type(found.steps) is int
    assert found.engine["structures"] == 2


def test_the_problem_says_what_rates_are_chosen_by():
    known = dataclasses.replace(bowl, validate=None, judge=lambda x, state: x @ x)
    trained = dataclasses.replace(bowl, validate=None)
    for problem, criterion in ((bowl, "validation"), (known, "error"), (trained, "training")):
        found = run_pass(problem, MAKERS, steps=5, seeds=[0], **HOW)
        assert found.chosen_by == problem.criterion == criterion
        if criterion == "training":
            np.testing.assert_array_equal(found.validation, found.train)
            np.testing.assert_array_equal(found.start, found.curve[:, 0])


def test_ctrl_c_while_lanes_are_measured_ends_the_pass_before_its_first_step(monkeypatch):
    def measure(*_, **__):
        signal.raise_signal(signal.SIGINT)
        return Plan(1, 1, 7, "")

    monkeypatch.setattr(passes, "choose", measure)
    found = run_pass(bowl, MAKERS, steps=10, seeds=[0], **HOW)
    assert not found.finished
    assert found.status.tolist() == ["stopped"] * 3
