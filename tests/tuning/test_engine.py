"""Tests of the engine."""

import os
import signal
import time

import numpy as np
import pytest
from bowls import bowl

from lropt_jax.optimizers import sgd
from lropt_jax.problems import Problem
from lropt_jax.tuning import sweep
from lropt_jax.tuning.engine import Engine
from lropt_jax.tuning.lanes import Lane, Work
from lropt_jax.tuning.plan import Plan


def work(steps, *rates, problem=bowl):
    return Work(problem, [Lane("sgd", rate, 0, sgd(rate)) for rate in rates], steps)


@pytest.mark.parametrize("plan", [Plan(1, 1, 7, ""), Plan(1, 2, 50, ""), Plan(2, 2, 7, ""), Plan(5, 1, 100, "")])
def test_every_plan_gives_the_same_outcomes(plan):
    engine = Engine(work(40, 0.01, 0.1, 0.4, 50.0, 0.3))
    assert engine.run(plan)
    status = [engine.outcomes[place].status for place in range(5)]
    assert status == ["ok", "ok", "ok", "diverged", "ok"]
    for place, rate in enumerate((0.01, 0.1, 0.4)):
        outcome = engine.outcomes[place]
        assert outcome.validation == pytest.approx(outcome.start * (1 - 2 * rate) ** 80, rel=1e-4)
        assert outcome.test == pytest.approx(2 * outcome.validation)
    assert np.isnan(engine.outcomes[3].validation) or engine.outcomes[3].validation > 1e6


def test_progress_reaches_its_total_and_counts_the_living():
    reports = []
    engine = Engine(work(200, 0.1, 50.0, 0.2), reports.append)
    engine.run(Plan(1, 2, 40, ""))
    assert reports[-1].done == reports[-1].total == 600
    assert (reports[-1].alive, reports[-1].lanes) == (2, 3)
    assert [report.done for report in reports] == sorted(report.done for report in reports)


def test_ctrl_c_keeps_what_has_ended():
    steps, pressed = 2000, []

    def press(progress):
        if progress.done >= steps and not pressed:  # the first lane has ended
            pressed.append(progress)
            for _ in range(2):  # twice, as people do
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.05)

    found = sweep(bowl, sgd, rates=[0.1, *np.linspace(1e-6, 2e-6, 50)], steps=steps, seeds=1, workers=1,
                  lanes_per_program=1, schedule=None, on_progress=press)  # fmt: skip
    assert not found.finished
    assert found.status[0] == "ok"
    assert found.status[-1] == "stopped"
    assert found.best("sgd").rate == 0.1


def test_ctrl_c_keeps_what_has_diverged_beside_lanes_that_have_not_ended():
    engine = Engine(work(10**9, 0.1, 50.0), lambda progress: engine.stop.set() if progress.alive == 1 else None)
    assert not engine.run(Plan(2, 1, 200, ""))
    assert [engine.outcomes[place].status for place in range(2)] == ["stopped", "diverged"]


def test_an_error_in_a_lane_is_raised_at_once():
    def fails(x, state, key):
        raise RuntimeError("of the user")

    with pytest.raises(RuntimeError, match="of the user"):
        Engine(work(10, 0.1, 0.2, problem=Problem(bowl.init, fails))).run(Plan(1, 2, 5, ""))
