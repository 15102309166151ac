"""Tests of `lropt tune --study`: workers that share a study."""

import pytest
from command_line import SMALL, names, run

optuna = pytest.importorskip("optuna")


def test_a_worker_prints_what_all_have_found_and_writes_no_files(monkeypatch, capsys, tmp_path, file):
    monkeypatch.chdir(tmp_path)
    for ran in (12, 0):
        status, out, err = run(monkeypatch, capsys, "tune", f"{file}:line", *SMALL, "--study", "journal://study")
        assert (status, err) == (0, "")
        assert f"the study journal://study, of which this worker ran {ran} of 12 lanes." in out
        assert "Use sgd with a learning rate of " in out
    assert names(tmp_path) == ["mine.py", "study"]


def test_out_asks_for_files(monkeypatch, capsys, tmp_path, file):
    url, out = f"{tmp_path}/a.log", tmp_path / "out"
    status, _, err = run(monkeypatch, capsys, "tune", f"{file}:line", *SMALL, "--study", url, "--out", str(out))
    assert (status, err) == (0, "")
    assert names(out) == ["coarse.json", "coarse.npz", "tune.png"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (["--steps", "80"], "whose steps is 40, not 80"),
        (["--batch", "4"], "whose batch is 8, not 4"),
        (["--sampler", "tpe"], "whose sampled is 0, not 12"),
        (["--pruner", "median", "--devices", "all"], "whose pruner is None, not 'median'"),
    ],
)
def test_a_study_of_other_settings_is_one_line_and_status_2(monkeypatch, capsys, tmp_path, file, change, said):
    words = ["tune", f"{file}:line", *SMALL, "--rates", "1e-2,2e-2", "--study", f"{tmp_path}/a.log"]
    assert run(monkeypatch, capsys, *words)[0] == 0
    status, _, err = run(monkeypatch, capsys, *words, *change)
    assert (status, len(err.splitlines())) == (2, 1), err
    assert err.startswith("lropt: study: url must hold a study of the same problem and settings, got one ")
    assert said in err
    assert run(monkeypatch, capsys, *words, *change, "--name", "another")[0] == 0


def test_a_study_of_another_problem_is_refused(monkeypatch, capsys, tmp_path, file):
    words = ["--rates", "1e-2,2e-2", "--study", f"{tmp_path}/a.log"]
    assert run(monkeypatch, capsys, "tune", f"{file}:line", *SMALL, *words)[0] == 0
    file.write_text(file.read_text().replace("3 * batch", "4 * batch"))
    status, _, err = run(monkeypatch, capsys, "tune", f"{file}:line", *SMALL, *words)
    assert status == 2
    assert "whose program is 'digest " in err


@pytest.mark.parametrize("url", ["/none/a.log", "sqlite:////none/a.db", "somewhere"])
def test_a_place_that_cannot_be_written_to_is_one_line_and_status_2(monkeypatch, capsys, file, url):
    status, _, err = run(monkeypatch, capsys, "tune", f"{file}:line", *SMALL, "--study", url)
    assert (status, len(err.splitlines())) == (2, 1), err
    assert err.startswith("lropt: study: url must be ")


def test_no_rate_that_survives_is_status_1(monkeypatch, capsys, tmp_path, file):
    words = [*SMALL, "--rates", "1e3,2e3", "--study", f"{tmp_path}/a.log"]
    status, out, _ = run(monkeypatch, capsys, "tune", f"{file}:line", *words)
    assert status == 1
    assert "No rate of line ended well" in out
