import os
import signal

import pytest
from bowls import bowl
from many_workers import RUNS, check_that_none_is_lost_or_doubled, trials, work

from lropt_jax.optimizers import sgd
from lropt_jax.problems import Problem
from lropt_jax.tuning import study

SMALL = {**RUNS, "rates": [0.1, 0.5]}


def test_ctrl_c_gives_the_batch_back_and_the_next_worker_ends_the_study(tmp_path):
    url, seen = f"{tmp_path}/a.log", []

    def press(now):
        seen.append(now)
        os.kill(os.getpid(), signal.SIGINT)

    found = study(bowl, sgd, url=url, on_progress=press, **{**SMALL, "batch": 2})
    assert (found.finished, len(seen)) == (False, 2)  # at its steps, and at its end
    assert found.status.tolist() == ["ok", "ok", "stopped", "stopped"]
    found = study(bowl, sgd, url=url, on_progress=None, **{**SMALL, "batch": 2})
    assert found.finished
    assert found.engine["workers"] == 2
    assert found.status.tolist() == ["ok"] * 4


def test_a_problem_that_fails_leaves_its_trials_to_others(tmp_path):
    url, fails = f"{tmp_path}/a.log", []

    def told(now):
        fails.append(now)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        study(bowl, sgd, url=url, on_progress=told, **SMALL)
    states = [(trial.state.name, trial.user_attrs.get("status")) for trial in trials(url)]
    assert states == [("FAIL", "stopped")] * 4 + [("WAITING", None)] * 4


def test_progress_is_that_of_the_whole_study(tmp_path):
    reports = []
    study(bowl, sgd, url=f"{tmp_path}/a.log", on_progress=reports.append, **SMALL)
    assert reports[-1][:4] == (160, 160, 4, 4)
    assert [report.done for report in reports] == sorted(report.done for report in reports)


def test_where_no_rate_can_help_that_is_said(tmp_path):
    still = Problem(init=bowl.init, field=lambda x, state, key: (0 * x, state, x @ x), validate=bowl.validate)
    found = study(still, sgd, url=f"{tmp_path}/a.log", on_progress=None, **SMALL)
    assert set(found.status.tolist()) == {"unmoved"}
    assert "no lane moved the validation loss" in found.engine["fault"]


def test_a_worker_who_comes_after_the_end_returns_the_same_sweep(tmp_path):
    url = f"sqlite:///{tmp_path}/a.db"
    first, second = work(url), work(url)
    assert check_that_none_is_lost_or_doubled(url) == []
    assert repr(first) == repr(second)
    assert second.engine["why"] == f"the study {url}, of which this worker ran 0 of 24 lanes"
