"""Tests of tuning in two passes."""

import dataclasses
import os
import signal
import time

import numpy as np
import pytest
from bowls import bowl

from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Recipe
from lropt_jax.schedules import linear
from lropt_jax.tuning import Sweep, Tuning, log_rates, tune


def test_finalists_are_the_best_of_the_short_runs():
    stages = []
    found = tune(
        bowl, [sgd, adam], rates=log_rates(1e-3, 1.0, 9), steps=50, seeds=2, finalists=3, schedule=None,
        on_progress=lambda name, progress: stages.append(name),
    )  # fmt: skip
    assert (found.coarse.steps, found.final.steps) == (10, 50)
    assert set(found.coarse.seed) == {0}
    assert set(found.final.seed) == {0, 1}
    for name in ("sgd", "adam"):
        ranked = sorted(found.coarse.choices(name), key=lambda choice: choice.validation)[:3]
        ran = found.final.rate[found.final.optimizer == name].tolist()
        assert list(dict.fromkeys(ran)) == [choice.rate for choice in ranked]  # the best first
    assert list(dict.fromkeys(stages)) == ["coarse", "final"]
    assert found.best() == found.final.best()
    assert found.final.optimizers[0] == found.coarse.best().optimizer
    assert "coarse pass" in repr(found)
    assert found._repr_html_().count("<table>") == 2


def test_the_schedule_reaches_its_end_in_both_passes():
    found = tune(bowl, sgd, rates=[0.1], steps=50, seeds=1, schedule=linear)
    assert found.coarse.txs[0] == sgd(linear(0.1, 10))
    assert found.final.txs[0] == sgd(linear(0.1, 50))


def test_an_optimizer_that_never_survives_is_left_out_of_the_finals():
    found = tune(bowl, {"good": sgd, "bad": lambda rate: sgd(1e9)}, rates=[0.1, 0.2], steps=20, seeds=1, schedule=None)
    assert found.final.optimizers == ["good"]
    nothing = tune(bowl, {"bad": lambda rate: sgd(1e9)}, rates=[0.1], steps=20, seeds=1, schedule=None)
    assert nothing.final is None
    assert np.all(nothing.last.status == "diverged")


def interrupted(monkeypatch, *, after):
    """A tuning whose final pass is told to stop once some of its steps are done."""
    monkeypatch.setattr("lropt_jax.tuning.plan._SLICE", 1e-9)  # a step between two looks

    def press(name, progress):
        if name == "final" and progress.done >= after:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.05)

    return tune(bowl, sgd, rates=[0.1, 0.2, 0.4], steps=10, seeds=1, workers=1, lanes_per_program=1,
                schedule=None, on_progress=press)  # fmt: skip


def test_ctrl_c_before_a_finalist_has_ended_leaves_the_short_runs(monkeypatch):
    found = interrupted(monkeypatch, after=1)
    assert not found.finished
    assert found.final.survivors == []
    assert found.best() == found.coarse.best()
    assert found.best().rate == 0.4


def test_ctrl_c_leaves_the_most_promising_finalist(monkeypatch):
    found = interrupted(monkeypatch, after=15)
    assert not found.finished
    assert np.sum(found.final.status == "ok") == 1
    assert found.best() == found.final.best()
    assert found.best().rate == 0.4


@pytest.mark.parametrize("extend", [True, False])
def test_ctrl_c_between_the_passes_leaves_the_short_runs(monkeypatch, extend):
    best = Sweep.best

    def pressed(sweep, name=None):
        signal.raise_signal(signal.SIGINT)
        return best(sweep, name)

    monkeypatch.setattr(Sweep, "best", pressed)
    found = tune(bowl, [sgd, adam], rates=[0.1, 0.2, 0.4], steps=10, seeds=1, schedule=None, extend=extend)
    monkeypatch.undo()
    assert not found.finished
    assert found.coarse.finished is not extend
    assert found.final is None if extend else set(found.final.status) == {"stopped"}
    assert found.best() == found.coarse.best()
    assert found.best().rate == 0.4


def test_finalists_that_all_fail_with_some_seed_are_not_covered_up_by_the_short_runs():
    found = tune(bowl, sgd, rates=[0.1, 0.2], steps=20, seeds=2, schedule=None)
    unlucky = dataclasses.replace(found.final, status=np.where(found.final.seed == 1, "diverged", "ok"))
    found = Tuning(found.coarse, unlucky)
    assert found.finished
    with pytest.raises(ValueError, match="best: no rate of any optimizer ended well"):
        found.best()


def test_the_recipe_says_how_many_steps_where_nobody_does():
    problem = dataclasses.replace(bowl, recipe=Recipe(steps=40))
    assert tune(problem, sgd, rates=[0.1], seeds=1).final.steps == 40
    assert tune(problem, sgd, rates=[0.1], seeds=1, steps=20).final.steps == 20


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"tune: coarse_fraction must be in \(0, 1\], got 0"):
        tune(bowl, sgd, steps=5, coarse_fraction=0)
    with pytest.raises(ValueError, match="tune: finalists must be a whole number >= 1, got 0"):
        tune(bowl, sgd, steps=5, finalists=0)
    with pytest.raises(ValueError, match="tune: seeds must be different, got 1 twice"):
        tune(bowl, sgd, steps=5, seeds=[1, 1])
