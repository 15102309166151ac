"""Tests of the folder of `lropt tune`: nothing is lost, mixed or half-written."""

import json
import shutil

import numpy as np
import pytest
from command_line import NUMBERS, SMALL, names, rename, run, say

from lropt_jax import report
from lropt_jax._core.refusal import Refused
from lropt_jax.cli.writing import draw, folder_for, picture_of, safe_name
from lropt_jax.tuning import Sweep


@pytest.mark.parametrize(
    ("name", "safe"),
    [("vae", "vae"), ("a/b", "a-b"), ("../../x", "x"), ("", "problem"), ("größe", "gr-e"), ("a" * 300, "a" * 80),
     ("a\0b\n", "a-b"), (".hidden", "hidden"), ("value_iteration", "value_iteration")],
)  # fmt: skip
def test_a_problems_name_becomes_a_safe_file_name(name, safe):
    assert safe_name(name) == safe
    assert picture_of(name) == f"{safe}.png"


def test_a_problem_called_tune_does_not_take_the_place_of_the_other_picture():
    assert picture_of("tune") == "tune-solution.png"
    assert picture_of("Tune") == "Tune-solution.png"
    assert picture_of("auto") == "auto-solution.png"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a/b", "$x^$", "<script>", "../../up"])
def test_a_problem_of_any_name_is_written(monkeypatch, capsys, tmp_path, file, name):
    rename(file, name)
    status, _, err = run(monkeypatch, capsys, *say(file, tmp_path / "out"))
    assert (status, err) == (0, "")
    assert names(tmp_path / "out") == [*NUMBERS, "tune.png"]
    assert names(tmp_path) == ["mine.py", "out"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("bad\ntext"), MemoryError()])
def test_the_numbers_are_there_though_a_picture_fails(monkeypatch, capsys, tmp_path, file, error):
    def fail(found):
        assert names(tmp_path / "out") == NUMBERS
        raise error

    monkeypatch.setattr(report, "plot_tuning", fail)
    status, out, err = run(monkeypatch, capsys, *say(file, tmp_path / "out"))
    assert status == 2
    assert err.startswith("lropt: tune: tune.png cannot be drawn, got ")
    assert len(err.splitlines()) == 1
    assert "tx = " in out
    assert names(tmp_path / "out") == NUMBERS
    assert Sweep.load(tmp_path / "out" / "final").problem == "line"


def test_the_numbers_are_there_before_anything_is_printed(monkeypatch, capsys, tmp_path, file):
    def fail(found):
        assert names(tmp_path / "out") == NUMBERS
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(report, "tuning_table", fail)
    status, _, err = run(monkeypatch, capsys, *say(file, tmp_path / "out"))
    assert status == 2
    assert err.endswith(f"got No space left on device; the results are in {tmp_path / 'out'}.\n")
    assert len(err.splitlines()) == 1


def test_one_picture_that_fails_leaves_the_others(tmp_path):
    figure = report.plot_schedules([lambda step: 0.1 * np.ones(np.shape(step))], 5)
    with pytest.raises(Refused, match="a.png cannot be drawn"):
        draw(tmp_path, {"a.png": lambda: 1 / 0, "b.png": lambda: figure})
    assert names(tmp_path) == ["b.png"]


@pytest.mark.parametrize("name", ["tune.png", "line.png", "coarse.json", "final.npz"])
def test_a_folder_in_the_place_of_a_file_is_refused_before_anything_is_trained(
    monkeypatch, capsys, tmp_path, file, name
):
    (tmp_path / "out" / name).mkdir(parents=True)
    status, out, err = run(monkeypatch, capsys, *say(file, tmp_path / "out"))
    assert (status, len(err.splitlines())) == (2, 1)
    assert f"{name} in it is a folder" in err
    assert "lanes" not in out
    assert names(tmp_path / "out") == [name]


def test_an_older_run_is_replaced_with_a_word_and_whole(monkeypatch, capsys, tmp_path, file):
    _, out, _ = run(monkeypatch, capsys, *say(file, tmp_path / "out"))
    assert "older run" not in out
    (tmp_path / "out" / "line.png").write_bytes(b"older")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    status, out, _ = run(monkeypatch, capsys, *say(file, tmp_path / "out"), "--seeds", "1")
    assert status == 0
    assert "The results of an older run were replaced." in out
    assert names(tmp_path / "out") == [*NUMBERS, "notes.txt", "tune.png"]
    assert set(Sweep.load(tmp_path / "out" / "final").seed.tolist()) == {0}


def test_another_problems_folder_is_refused_before_anything_is_trained(monkeypatch, capsys, tmp_path, file):
    run(monkeypatch, capsys, *say(file, tmp_path / "out"))
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    rename(file, "other")
    status, out, err = run(monkeypatch, capsys, *say(file, tmp_path / "out"))
    assert status == 2
    assert "out must be a folder without results of another problem" in err
    assert "it holds those of 'line'. Give another --out." in err
    assert "lanes" not in out
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"[" * 100_000, b"\xff"])
def test_a_folder_with_results_of_nobody_known_is_not_written_to(monkeypatch, tmp_path, content):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lropt-tune").mkdir()
    (tmp_path / "lropt-tune" / "final.json").write_bytes(content)
    with pytest.raises(Refused, match="it holds those of 'somebody else'"):
        folder_for(tmp_path / "lropt-tune", "line")
    assert str(folder_for(None, "line")) == "lropt-tune-line"


def test_results_of_a_second_problem_go_beside_the_default_folder(monkeypatch, capsys, tmp_path, file):
    monkeypatch.chdir(tmp_path)
    for name, folder in (("line", "lropt-tune"), ("a/b", "lropt-tune-a-b"), ("a?b", "lropt-tune-a-b-2")):
        rename(file, name)
        status, out, _ = run(monkeypatch, capsys, "tune", f"{file}:line", *SMALL)
        file.write_text(file.read_text().replace(f"name={name!r}", 'name="line"'))
        assert status == 0
        assert f"Written to {folder}: " in out
        assert json.loads((tmp_path / folder / "final.json").read_text())["problem"] == name


def test_what_another_problem_wrote_meanwhile_stays(monkeypatch, capsys, tmp_path, file):
    run(monkeypatch, capsys, *say(file, tmp_path / "line"))
    rename(file, "other")
    table = report.progress_bar

    def meanwhile(console):
        shutil.copytree(tmp_path / "line", tmp_path / "out")
        return table(console)

    monkeypatch.setattr(report, "progress_bar", meanwhile)
    status, out, _ = run(monkeypatch, capsys, *say(file, tmp_path / "out"))
    assert status == 0
    assert f"{tmp_path / 'out'} holds the results of another problem by now, and stays as it is." in out
    assert Sweep.load(tmp_path / "out" / "final").problem == "line"
    assert Sweep.load(tmp_path / "out-other" / "final").problem == "other"


def test_a_name_too_long_for_a_file_system_is_one_line(monkeypatch, capsys, tmp_path, file):
    for out in (tmp_path / ("a" * 300), tmp_path / ("a" * 300) / "b"):
        status, _, err = run(monkeypatch, capsys, *say(file, out))
        assert (status, len(err.splitlines())) == (2, 1)
        assert "File name too long" in err
    status, _, err = run(monkeypatch, capsys, "show", "cosine(1, 5)", "--out", str(tmp_path / ("a" * 300 + ".png")))
    assert (status, len(err.splitlines())) == (2, 1)


def test_a_picture_of_a_schedule_leaves_no_partial_file(monkeypatch, capsys, tmp_path):
    (tmp_path / "a.png").mkdir()
    status, _, err = run(monkeypatch, capsys, "show", "cosine(1, 5)", "--out", str(tmp_path / "a.png"))
    assert (status, err) == (
        2,
        f"lropt: show: out must be a file that can be written to, got {tmp_path / 'a.png'}; Is a directory.\n",
    )
    assert names(tmp_path) == ["a.png"]
