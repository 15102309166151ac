"""Tests of progress: bars in a terminal, lines in a log."""

import importlib
import io
import sys

import pytest
from rich.console import Console

from lropt_jax.report import progress_bar, watching
from lropt_jax.tuning import Progress

progress = importlib.import_module("lropt_jax.report.progress")

PASS = [("coarse", Progress(done, 100, 2 if done > 60 else 4, 4)) for done in range(0, 101, 2)]


def test_a_terminal_shows_steps_and_lanes_alive():
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    with progress_bar(console) as report:
        report("coarse", Progress(50, 100, 3, 4))
        report("coarse", Progress(100, 100, 2, 4))
        report("final", Progress(7, 1000, 2, 2))
    shown = console.file.getvalue()
    for text in ("coarse pass", "100/100 steps", "2/4 lanes alive", "final pass", "7/1,000 steps", "2/2 lanes alive"):
        assert text in shown


def test_a_log_file_gets_a_line_a_quarter_without_colours(tmp_path):
    with (tmp_path / "log").open("w") as log, progress_bar(Console(file=log, width=40)) as report:
        for each in PASS:
            report(*each)
        report("final", Progress(1000, 1000, 1, 1))
    assert (tmp_path / "log").read_text().splitlines() == [
        "coarse pass: 26%, 26/100 steps, 4/4 lanes alive, 0:00",
        "coarse pass: 50%, 50/100 steps, 4/4 lanes alive, 0:00",
        "coarse pass: 76%, 76/100 steps, 2/4 lanes alive, 0:00",
        "coarse pass: 100%, 100/100 steps, 2/4 lanes alive, 0:00",
        "final pass: 100%, 1,000/1,000 steps, 1/1 lanes alive, 0:00",
    ]


def test_without_a_console_standard_output_gets_the_lines(capsys):
    with progress_bar() as report:
        report(*PASS[-1])
    assert capsys.readouterr().out == "coarse pass: 100%, 100/100 steps, 2/4 lanes alive, 0:00\n"


def test_a_full_disk_does_not_end_the_run():
    class Full(io.StringIO):
        def write(self, text):
            raise OSError(28, "No space left on device")

    with progress_bar(Console(file=Full())) as report:
        report(*PASS[-1])


@pytest.mark.parametrize(("taken", "lines"), [(0.1, 0), (3.0, 1)])
def test_who_did_not_ask_gets_lines_on_standard_error_only_of_long_runs(monkeypatch, capsys, taken, lines):
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with watching() as report:
        report(*PASS[0])
        now[0] += taken
        report(*PASS[-1])
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == lines


def test_who_did_not_ask_gets_a_bar_on_a_terminal(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with watching() as report:
        report(*PASS[-1])
    assert "100/100 steps" in terminal.getvalue()


def test_a_terminal_without_rich_gets_lines(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setattr(progress, "_QUIET", 0.0)
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    with watching() as report:
        report(*PASS[-1])
    assert terminal.getvalue() == "coarse pass: 100%, 100/100 steps, 2/4 lanes alive, 0:00\n"
    with pytest.raises(ImportError, match=r"progress_bar: rich is not installed; pip install 'lropt-jax\[tune\]'"):
        progress_bar()
