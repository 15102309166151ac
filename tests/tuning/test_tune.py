"""Tests of tuning in two passes."""

import numpy as np
import pytest
from bowls import bowl

from lropt_jax.optimizers import adam, sgd
from lropt_jax.schedules import linear
from lropt_jax.tuning import log_rates, tune


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
        assert {choice.rate for choice in ranked} == set(found.final.rate[found.final.optimizer == name])
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


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"tune: coarse_fraction must be in \(0, 1\], got 0"):
        tune(bowl, sgd, steps=5, coarse_fraction=0)
    with pytest.raises(ValueError, match="tune: finalists must be >= 1, got 0"):
        tune(bowl, sgd, steps=5, finalists=0)
