"""Tests of who is told how far a sweep is."""

import contextlib

import pytest
from bowls import bowl

from lropt_jax import report
from lropt_jax.optimizers import sgd
from lropt_jax.tuning import sweep, tune

HOW = {"rates": [0.1], "steps": 20, "seeds": 1, "schedule": None}


@pytest.mark.parametrize(("run", "passes"), [(sweep, {"sweep"}), (tune, {"coarse", "final"})])
def test_tuning_shows_its_progress_unless_told_otherwise(monkeypatch, run, passes):
    told = []
    monkeypatch.setattr(report, "watching", lambda: contextlib.nullcontext(lambda name, now: told.append((name, now))))
    run(bowl, sgd, on_progress=None, **HOW)
    assert told == []
    run(bowl, sgd, **HOW)
    assert {name for name, _ in told} == passes
    assert told[-1][1].done == told[-1][1].total


@pytest.mark.parametrize("run", [sweep, tune])
def test_anything_else_is_refused(run):
    with pytest.raises(TypeError, match="on_progress must be a function, \"auto\" or None, got 'bar'."):
        run(bowl, sgd, on_progress="bar", **HOW)


@pytest.mark.parametrize("run", [sweep, tune])
def test_a_short_run_in_a_script_prints_nothing(run, capfd):
    run(bowl, sgd, **HOW)
    assert capfd.readouterr() == ("", "")
