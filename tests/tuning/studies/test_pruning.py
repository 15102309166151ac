"""Tests of runs that a pruner ends early."""

import numpy as np
import pytest
from bowls import bowl
from many_workers import trials

from lropt_jax.optimizers import sgd
from lropt_jax.tuning import study, sweep
from lropt_jax.tuning.lanes import Lane, Work
from lropt_jax.tuning.plan import Plan
from lropt_jax.tuning.studies.pruning import Pruning, rungs_of

HOW = {"rates": [0.3, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01, 1e30], "steps": 54, "seeds": 2, "batch": 2, "on_progress": None}


def test_a_pruner_is_asked_after_powers_of_a_third():
    assert rungs_of(54) == (2, 6, 18)
    assert rungs_of(9) == (1, 3)
    assert rungs_of(1) == ()


@pytest.mark.parametrize("pruner", ["median", "hyperband"])
def test_a_pruned_trial_counts_as_pruned_and_none_is_lost(tmp_path, pruner):
    url = f"{tmp_path}/a.log"
    found = study(bowl, sgd, url=url, pruner=pruner, **HOW)
    every = trials(url)
    states = [trial.state.name for trial in every]
    assert (len(every), states.count("PRUNED") + states.count("COMPLETE")) == (16, 16)
    assert found.finished
    assert (found.status == "pruned").sum() == states.count("PRUNED") > 0
    assert (found.status[found.rate == 1e30] == "diverged").all()
    whole = sweep(
        bowl, sgd, lanes_per_program=2, **{name: HOW[name] for name in ("rates", "steps", "seeds", "on_progress")}
    )
    ended = found.status == "ok"
    np.testing.assert_array_equal(found.validation[ended], whole.validation[ended])
    assert found.best().rate == whole.best().rate
    for trial in every:
        if trial.state.name == "PRUNED":
            assert trial.value == trial.user_attrs["validation"] == trial.intermediate_values[trial.last_step]
            assert trial.last_step in rungs_of(54)
    assert repr(study(bowl, sgd, url=url, pruner=pruner, **HOW)) == repr(found)  # nothing is left to run
    with pytest.raises(ValueError, match="whose pruner is .*, not None"):
        study(bowl, sgd, url=url, **HOW)


def test_a_program_ends_where_all_its_lanes_have_and_not_before():
    asked = []

    def ask(place, step, value):
        asked.append((place, step))
        return place != 3 and step == (6 if place else 18)

    lanes = [Lane("sgd", rate, 0, sgd(rate)) for rate in (0.1, 0.2, 1e30, 0.3)]
    engine = Pruning(Work(bowl, lanes, 54), rungs=(2, 6, 18), asked=ask)
    assert engine.run(Plan(2, 1, 50, ""))
    assert [engine.outcomes[place].status for place in range(4)] == ["pruned", "pruned", "diverged", "ok"]
    assert asked == [(0, 2), (1, 2), (0, 6), (1, 6), (0, 18), (3, 2), (3, 6), (3, 18)]
    shrunk = [engine.outcomes[place].validation / engine.outcomes[place].start for place in range(2)]
    np.testing.assert_allclose(shrunk, [0.8**36, 0.6**12], rtol=1e-4)


def test_where_every_setting_has_a_pruned_run_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("lropt_jax.tuning.studies.worker.prunes", lambda *_: True)
    found = study(bowl, sgd, url=f"{tmp_path}/a.log", pruner="median", **{**HOW, "rates": [0.1, 0.2]})
    with pytest.raises(
        ValueError, match="no rate of any optimizer ended well; the pruner ended a run of every setting"
    ):
        found.best()
