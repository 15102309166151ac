"""Tests of runs that are killed and go on."""

import dataclasses
import os
import signal
import time

import jax.numpy as jnp
import numpy as np
import pytest
from bowls import TRACES, bowl
from resumed import killed, swept

from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem
from lropt_jax.tuning import files, sweep, tune
from lropt_jax.tuning import kept as kept_file
from lropt_jax.tuning.result import Sweep

ARRAYS = files.array_fields(Sweep)
HOW = {"rates": [0.1, 0.2, 1e20], "steps": 40, "seeds": 2, "lanes_per_program": 2, "workers": 1, "on_progress": None}


def assert_same_bits(one, other):
    for name in ARRAYS:
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name


def run(folder, problem=bowl, **how):
    return sweep(problem, [sgd, adam], resume=folder, **{**HOW, **how})


@pytest.mark.slow
def test_a_process_that_is_killed_goes_on_and_ends_with_the_same_bits(tmp_path):
    killed(tmp_path / "killed", False, 9)  # plan, last.run, then states and ends
    assert list((tmp_path / "killed").glob("*.state"))
    resumed = swept(tmp_path / "killed", False)
    assert resumed.engine["resume"]["used"] >= 1
    assert_same_bits(resumed, swept(tmp_path / "whole", False))
    assert not list((tmp_path / "killed").glob("*.state"))


@pytest.mark.slow
@pytest.mark.parametrize("streams", [False, True])
def test_a_process_may_be_killed_at_any_moment_and_again(tmp_path, streams):
    whole = swept(tmp_path / "whole", streams)
    for moments in ([1], [4], [7, 3, 8]):
        folder = tmp_path / str(moments)
        for moment in moments:
            killed(folder, streams, moment)
        assert_same_bits(swept(folder, streams), whole)


def test_what_has_ended_is_neither_compiled_nor_computed_again(tmp_path):
    fresh = dataclasses.replace(bowl, init=lambda key: bowl.init(key))  # another function: another program
    first = run(tmp_path, fresh)
    assert (first.engine["resume"]["used"], len(list(tmp_path.glob("*.ended")))) == (0, 6)
    TRACES.clear()
    again = run(tmp_path, fresh)
    assert again.engine["resume"] == {"folder": str(tmp_path), "used": 6, "damaged": 0, "failed": None, "apart": []}
    assert not TRACES
    assert_same_bits(first, again)
    more = run(tmp_path, fresh, rates=[0.1, 0.2, 0.3])  # rates that are there already are used
    assert more.engine["resume"]["used"] == 4


def test_ctrl_c_keeps_where_lanes_stand(tmp_path, monkeypatch):
    monkeypatch.setattr("lropt_jax.tuning.plan._slice", lambda each: 7)

    def press(progress):
        if progress.done > 100:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.02)

    assert not run(tmp_path, on_progress=press).finished
    assert len(list(tmp_path.glob("*.state"))) == 1
    assert_same_bits(run(tmp_path), run(tmp_path / "whole"))


@pytest.mark.parametrize("spoil", [
    lambda content: content[: len(content) // 2],
    lambda content: content[:-1] + b"?",
    lambda content: content[:80] + b"?" + content[81:],
    lambda content: b"",
    lambda content: b"a file of somebody else",
])  # fmt: skip
def test_files_that_are_cut_short_or_foreign_are_computed_again(tmp_path, spoil):
    first = run(tmp_path)
    for path in sorted(tmp_path.glob("*.ended"))[:2]:
        path.write_bytes(spoil(path.read_bytes()))
    again = run(tmp_path)
    assert (again.engine["resume"]["used"], again.engine["resume"]["damaged"]) == (4, 2)
    assert_same_bits(first, again)


def test_another_problem_or_version_is_computed_anew_and_what_differs_is_said(tmp_path, monkeypatch):
    run(tmp_path)
    steeper = dataclasses.replace(bowl, validate=lambda x, state, key: 2 * (x @ x))
    with pytest.warns(UserWarning, match="the last run in .* was another: another problem. Nothing of it is used"):
        other = run(tmp_path, steeper)
    assert other.engine["resume"]["used"] == 0
    with pytest.warns(UserWarning, match="another problem"):
        assert run(tmp_path).engine["resume"]["used"] == 6  # the two do not mix
    monkeypatch.setattr("jaxlib.__version__", "0.0.1")
    with pytest.warns(UserWarning, match=r"jaxlib was .* and is 0\.0\.1\."):
        assert run(tmp_path).engine["resume"]["used"] == 0


def fit(data):
    return Problem.from_loss(lambda w, x: jnp.mean((w - x) ** 2), lambda key: jnp.zeros(()), data)


def test_other_data_are_another_run(tmp_path):
    how = {"rates": [0.1], "steps": 40, "seeds": 1, "on_progress": None}
    for data, other in ((np.ones(4), np.zeros(4)), ([np.ones(4)], [np.zeros(4)])):
        sweep(fit(data), sgd, resume=tmp_path / type(data).__name__, **how)
        with pytest.warns(UserWarning, match="another data"):
            found = sweep(fit(other), sgd, resume=tmp_path / type(data).__name__, **how)
        assert found.engine["resume"]["used"] == 0


def test_both_passes_of_a_tuning_are_kept(tmp_path):
    how = {"rates": [0.1, 0.2, 0.3], "steps": 40, "seeds": 2, "on_progress": None, "resume": tmp_path}
    first, again = tune(bowl, sgd, **how), tune(bowl, sgd, **how)
    assert again.coarse.engine["resume"]["used"] == again.coarse.engine["lanes_per_program"] * 3
    assert_same_bits(first.final, again.final)
    assert first.coarse.engine["why"] == again.coarse.engine["why"]  # measured once


def test_what_cannot_be_kept_is_refused_before_training_or_said_in_the_result(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="sweep: resume must be a folder that can be written to, got .*file"):
        run(tmp_path / "file" / "in")
    with pytest.raises(TypeError, match="sweep: resume must be a path, got 3"):
        run(3)
    with pytest.raises(ValueError, match="resume must be None for data that cannot begin again, got batches from gen"):
        run(tmp_path, fit(np.ones(3) for _ in range(100)))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept_file.sealed, "write", full)
    found = run(tmp_path / "new")
    assert found.engine["resume"]["failed"] == "No space left on device"
    assert found.best().rate in (0.1, 0.2)
    assert not (tmp_path / "new").exists()
