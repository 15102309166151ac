import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from bowls import bowl
from many_workers import OPTIMIZERS, RUNS, kill_one_of_two, postgresql, work

from lropt_jax._core.refusal import Refused
from lropt_jax.optimizers import sgd
from lropt_jax.problems import Problem
from lropt_jax.tuning import study, sweep


def test_a_study_finds_bit_for_bit_what_a_sweep_finds(tmp_path):
    found = work(f"{tmp_path}/a.log")
    runs = {name: RUNS[name] for name in ("rates", "steps", "seeds")}
    alone = sweep(bowl, OPTIMIZERS, lanes_per_program=RUNS["batch"], on_progress=None, **runs)
    for name in ("optimizer", "rate", "seed", "status", "start", "train", "validation", "test", "curve"):
        np.testing.assert_array_equal(getattr(found, name), getattr(alone, name))
    assert repr(found) == repr(alone)


@pytest.mark.slow
def test_of_two_workers_on_a_journal_one_is_killed_and_no_trial_is_lost_or_doubled(tmp_path):
    kill_one_of_two(f"journal://{tmp_path}/a")


@pytest.mark.slow
def test_the_same_holds_on_a_file_of_sqlite(tmp_path):
    kill_one_of_two(f"sqlite:///{tmp_path}/a.db")


@pytest.mark.slow
def test_the_same_holds_on_a_server_of_postgresql():
    pytest.importorskip("psycopg")
    with postgresql() as url:
        kill_one_of_two(url)


def test_the_sampler_goes_on_after_the_grid(tmp_path):
    url = f"{tmp_path}/a.log"
    found = study(bowl, sgd, url=url, sampler="tpe", sampled=3, on_progress=None, **{**RUNS, "rates": [0.1, 0.3, 0.6]})
    assert len(np.unique(found.rate)) == 6
    assert found.finished
    with pytest.raises(Refused, match="study: url must hold a study .* whose sampled is 3, not 0"):
        study(bowl, sgd, url=url, on_progress=None, **{**RUNS, "rates": [0.1, 0.3, 0.6]})


def test_bad_arguments_are_refused_before_a_study_is_made(tmp_path):
    url = tmp_path / "a.log"
    for bad, said in [
        ({"batch": 0}, "batch must be"),
        ({"rates": []}, "rates must be"),
        ({"grace": 0}, "grace must be"),
        ({"sampler": "best"}, "sampler must be one of tpe, gp, random"),
        ({"sampled": -1}, "sampled must"),
    ]:
        with pytest.raises(Refused, match=f"study: {said}"):
            study(bowl, sgd, url=str(url), **{**RUNS, **bad})
    with pytest.raises(Refused, match="study: url must be journal:///path"):
        study(bowl, sgd, url="somewhere", **RUNS)
    assert not url.exists()


def test_nothing_else_imports_optuna():
    program = (
        "import sys, lropt_jax.tuning as t, lropt_jax.cli.tune; t.sweep, t.study; assert 'optuna' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_without_optuna_one_line_says_how_to_install_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ImportError, match=r"study: optuna is not installed; pip install 'lropt-jax\[optuna\]'\."):
        study(bowl, sgd, url=f"{tmp_path}/a.log", **RUNS)


def test_a_stream_is_read_from_its_beginning_by_each_batch_of_trials(tmp_path):
    data = [np.full(3, number, np.float32) for number in range(10)]
    streamed = Problem.from_loss(lambda x, batch: ((x - batch) ** 2).mean(), lambda key: bowl.init(key)[0], data)
    how = {"rates": [0.1, 0.3, 3.0], "steps": 20, "seeds": 1, "on_progress": None}
    found = study(streamed, sgd, url=f"{tmp_path}/a.log", batch=2, devices="all", **how)
    assert repr(found) == repr(sweep(streamed, sgd, lanes_per_program=2, **how))
    other = dataclasses.replace(streamed, stream=type(streamed.stream)(data[1:]))
    with pytest.raises(Refused, match="got one whose data is "):
        study(other, sgd, url=f"{tmp_path}/a.log", batch=2, **how)
    once = dataclasses.replace(streamed, stream=type(streamed.stream)(iter(data)))
    with pytest.raises(Refused, match="study: data must be an iterable that can begin again, got batches from list_it"):
        study(once, sgd, url=f"{tmp_path}/b.log", batch=2, **how)
