"""Tests of `lropt tune`."""

import contextlib
import json
import os
import signal
import time

from command_line import SMALL, run

from lropt_jax import report
from lropt_jax._core.values import Optimizer
from lropt_jax.config import parse
from lropt_jax.tuning import Sweep


def test_a_users_problem_is_tuned_and_written(monkeypatch, capsys, tmp_path, file):
    status, out, _ = run(monkeypatch, capsys, "tune", f"{file}:line", *SMALL, "adam", "--out", str(tmp_path / "out"))
    assert status == 0
    for text in (
        "validation loss",
        "decades",
        "Budget: coarse pass 12 lanes x 8 steps",
        "Use ",
        "over 2 seeds",
        "tx = ",
    ):
        assert text in out
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == ["coarse.json", "coarse.npz", "final.json", "final.npz", "tune.png"]
    assert (tmp_path / "out" / "tune.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((tmp_path / "out" / "final.json").read_text())["problem"] == "line"


def test_schedules_and_optimizers_may_be_calls(monkeypatch, capsys, tmp_path, file):
    status, out, _ = run(
        monkeypatch, capsys, "tune", f"{file}:line", "--out", str(tmp_path / "out"),
        "--optimizers", "sgd(rate, momentum=0.5)", "--rates", "0.01,0.1", "--steps", "30", "--seeds", "1",
        "--schedule", "warmup(cosine(rate, 0.9 * steps), 0.1 * steps)",
    )  # fmt: skip
    assert status == 0
    assert "Use sgd(rate, momentum=0.5) with a learning rate of" in out
    assert "tx = sgd(learning_rate=warmup(schedule=cosine(peak=" in out


def test_what_is_printed_can_be_copied_where_it_is_piped(monkeypatch, capsys, tmp_path, file):
    schedule = "join([linear(rate, 0.1 * steps), cosine(rate, 0.9 * steps)], [0.1 * steps])"
    folder = (
        tmp_path / "[bold]" / "a long name of a folder that is wider than a terminal is, and so cannot be on one line"
    )
    status, out, _ = run(
        monkeypatch, capsys, "tune", f"{file}:line", "--optimizers", "chain(sgd(rate, momentum=0.5))", "--steps", "20",
        "--rates", "0.01,0.1", "--seeds", "1", "--schedule", schedule, "--out", str(folder), columns=80,
    )  # fmt: skip
    assert status == 0
    line = next(line for line in out.splitlines() if line.startswith("tx = "))
    assert isinstance(parse(line.removeprefix("tx = ")), Optimizer)
    assert f"Written to {folder}: tune.png, " in out
    assert f"({schedule}, 20 steps): validation loss" in out or f"({schedule}, 20 steps): test loss" in out


def test_where_everything_diverges_it_says_so_and_exits_with_1(monkeypatch, capsys, tmp_path, file):
    status, out, _ = run(
        monkeypatch, capsys, "tune", f"{file}:line", "--optimizers", "sgd", "--rates", "1e20:1e30:3",
        "--steps", "20", "--schedule", "constant", "--out", str(tmp_path / "out"),
    )  # fmt: skip
    assert status == 1
    assert "No rate of line ended well with every seed; none stayed finite." in out
    assert "Try --rates" in out
    assert not (tmp_path / "out").exists()


def test_where_no_lane_moves_the_loss_it_says_so_and_exits_with_1(monkeypatch, capsys, tmp_path, file):
    status, out, _ = run(monkeypatch, capsys, "tune", f"{file}:still", *SMALL, "--out", str(tmp_path / "out"))
    assert status == 1
    assert "No rate of still ended well: no lane moved the training loss" in " ".join(out.split())
    assert "Try --rates" not in out


def test_finalists_that_fail_with_one_seed_of_many_are_nothing_that_survived(monkeypatch, capsys, tmp_path, file):
    status, out, _ = run(
        monkeypatch, capsys, "tune", f"{file}:unlucky", "--optimizers", "sgd", "--rates", "0.01,0.03", "--steps", "20",
        "--seeds", "6", "--out", str(tmp_path / "out"),
    )  # fmt: skip
    assert status == 1
    assert "final pass 24 lanes" in out  # the grid went on: two rates more, each with six seeds
    assert "ended well with every seed" in out
    assert not (tmp_path / "out").exists()


def interrupt(monkeypatch, name):
    """Have Ctrl-C pressed in a pass, before its first lane has ended."""
    monkeypatch.setattr("lropt_jax.tuning.plan._SLICE", 1e-9)

    def press(now, progress):
        if now == name:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.05)

    monkeypatch.setattr(report, "progress_bar", lambda console: contextlib.nullcontext(press))


def test_ctrl_c_in_the_final_pass_leaves_the_answer_of_the_short_runs(monkeypatch, capsys, tmp_path, file):
    interrupt(monkeypatch, "final")
    status, out, _ = run(monkeypatch, capsys, "tune", f"{file}:line", *SMALL, "--out", str(tmp_path / "out"))
    assert status == 0
    for text in ("Interrupted: this is the best of what had ended.", "(linear, 8 steps)", "tx = ", "Written to"):
        assert text in out
    assert "No rate" not in out


def test_ctrl_c_before_there_is_an_answer_exits_with_130(monkeypatch, capsys, tmp_path, file):
    interrupt(monkeypatch, "coarse")
    status, out, err = run(monkeypatch, capsys, "tune", f"{file}:line", *SMALL, "--out", str(tmp_path / "out"))
    assert status == 130
    assert "interrupted" in err
    assert "Use " not in out


def test_ctrl_c_once_a_lane_has_diverged_shows_what_had_ended_and_exits_with_130(monkeypatch, capsys, tmp_path, file):
    def press(name, progress):
        if progress.alive < progress.lanes:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.05)

    monkeypatch.setattr(report, "progress_bar", lambda console: contextlib.nullcontext(press))
    monkeypatch.setattr("lropt_jax.tuning.plan._cores", lambda: 1)
    status, out, _ = run(
        monkeypatch, capsys, "tune", f"{file}:line", "--optimizers", "sgd", "--rates", "1e20:1e30:3",
        "--steps", "20", "--schedule", "constant", "--out", str(tmp_path / "out"),
    )  # fmt: skip
    assert status == 130
    assert "1/3" in out


def test_the_answer_is_printed_though_it_cannot_be_written(monkeypatch, capsys, file, tmp_path):
    monkeypatch.setattr(Sweep, "save", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    status, out, err = run(monkeypatch, capsys, "tune", f"{file}:line", *SMALL, "--out", str(tmp_path / "out"))
    assert status == 2
    assert "disk full" in err
    assert "tx = " in out


def test_rates_may_be_found_around_the_best_first_step(monkeypatch, capsys, tmp_path, file):
    words = ("--optimizers", "sgd", "--steps", "40", "--seeds", "1", "--rates", "auto", "--out", str(tmp_path / "out"))
    status, out, _ = run(monkeypatch, capsys, "tune", f"{file}:line", *words)
    assert status == 0
    assert "line: sgd; rates around the best first step; schedule linear" in out
    assert len(set(Sweep.load(tmp_path / "out" / "coarse").rate)) >= 24
