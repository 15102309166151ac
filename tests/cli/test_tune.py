"""Tests of `lropt tune`."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from command_line import run

from lropt_jax import report
from lropt_jax._core.values import Optimizer
from lropt_jax.config import parse
from lropt_jax.tuning import Sweep

PROBLEM = """
import jax
import jax.numpy as jnp
from lropt_jax.problems import Problem

x = jnp.linspace(-1, 1, 32)
line = Problem.from_loss(lambda w, batch: jnp.mean((w * batch - 3 * batch) ** 2), lambda key: jnp.zeros(()), x,
                         batch_size=8, validation=x, test=x, name="line")
unlucky = Problem.from_loss(lambda w, batch: (w**2 - 1) ** 2,
                            lambda key: 0.5 + 40.0 * (1 - jax.random.bits(key) % 2), x)
vector = Problem.from_loss(lambda w, batch: w * batch, lambda key: jnp.zeros(()), x)
short = Problem(lambda key: (jnp.zeros(()), ()), lambda w, state, key: (w, state))
number = 3

def made():
    return line

def broken():
    raise BROKEN
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(PROBLEM)
    return path


SMALL = ("--steps", "40", "--seeds", "2", "--rates", "1e-2:1e2:6", "--optimizers", "sgd", "adam")


@pytest.mark.parametrize("name", ["line", "made"])
def test_a_users_problem_is_tuned_and_written(monkeypatch, capsys, tmp_path, file, name):
    status, out, _ = run(monkeypatch, capsys, "tune", f"{file}:{name}", *SMALL, "--out", str(tmp_path / "out"))
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


def test_finalists_that_fail_with_one_seed_of_many_are_nothing_that_survived(monkeypatch, capsys, tmp_path, file):
    status, out, _ = run(
        monkeypatch, capsys, "tune", f"{file}:unlucky", "--optimizers", "sgd", "--rates", "0.01,0.03", "--steps", "20",
        "--seeds", "6", "--out", str(tmp_path / "out"),
    )  # fmt: skip
    assert status == 1
    assert "final pass 12 lanes" in out
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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("vea",), "vae, value_iteration, or path/to/file.py:name, got 'vea'."),
        (("FILE:nothing",), "got 'nothing'; its problems: ['line', 'unlucky', 'vector', 'short']."),
        (("FILE:number",), "tune: problem must be a Problem or a function making one, got 3"),
        (("nowhere.py:line",), "tune: problem must be in a file that exists, got nowhere.py."),
        (("FILE:vector",), "Problem.from_loss: loss must return a scalar, got shape (32,); average over the batch."),
        (("FILE:line", "--rates", "1e0:1e-4:24"), "log_rates: high must be > low, got 1 to 0.0001; swap them."),
        (("FILE:line", "--rates", "a:b"), "tune: rates must be LOW:HIGH:COUNT or numbers with commas, got 'a:b'."),
        (("FILE:line", "--rates", "-1,2"), "sweep: rates must be finite and > 0, got [-1.0, 2.0]."),
        (("FILE:line", "--optimizers", "adma"), "parse: 'adma' is not a name here; alike are: adam"),
        (
            ("FILE:line", "--optimizers", "sgd(0.1)"),
            "tune: optimizers must be names or calls with `rate`, got 'sgd(0.1)'.",
        ),
        (("FILE:line", "--optimizers", "adam(rate, b1=2)"), "adam: b1 must be in [0, 1), got 2."),
        (("FILE:line", "--schedule", "cosin"), "parse: 'cosin' is not a name here"),
        (("FILE:line", "--schedule", "adam"), "tune: schedule must be a name or a call with `rate` and `steps`"),
        (
            ("FILE:line", "--schedule", "cosine(0.1, steps)"),
            "tune: schedule must be a name or a call with `rate` and `steps`, got 'cosine(0.1, steps)'.",
        ),
        (("FILE:line", "--rates", "0.1,0.1"), "sweep: rates must be different, got 0.1 twice."),
        (("FILE:line", "--steps", "0"), "steps must be"),
        (("FILE:line", "--seeds", "0"), "tune: seeds must be a whole number >= 1, got 0."),
    ],
)
def test_bad_input_is_one_line_and_status_2(monkeypatch, capsys, tmp_path, file, arguments, message):
    arguments = [argument.replace("FILE", str(file)) for argument in arguments]
    status, _, err = run(monkeypatch, capsys, "tune", *arguments, "--out", str(tmp_path / "out"))
    assert status == 2
    assert message in err
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "error", ["jnp.zeros(3) @ jnp.zeros(4)", "1 / 0", "{}['config']", "RuntimeError('no data')", "AssertionError"]
)
def test_an_error_of_the_users_own_shows_where(monkeypatch, capsys, file, error):
    file.write_text(file.read_text().replace("BROKEN", error))
    status, _, err = run(monkeypatch, capsys, "tune", f"{file}:broken")
    assert status == 2
    assert "in broken" in err


@pytest.mark.parametrize(("text", "where"), [("x = 1 / 0", "ZeroDivisionError"), ("foo(", "SyntaxError")])
def test_a_file_that_cannot_be_run_shows_where(monkeypatch, capsys, file, text, where):
    file.write_text(text)
    status, _, err = run(monkeypatch, capsys, "tune", f"{file}:line")
    assert status == 2
    assert where in err
    assert "mine.py" in err


@pytest.mark.parametrize("out", ["FILE", "FILE/deep", "/proc/nothing/deep"])
def test_a_folder_that_cannot_be_written_to_is_refused_before_anything_is_trained(monkeypatch, capsys, file, out):
    out = out.replace("FILE", str(file))
    status, shown, err = run(monkeypatch, capsys, "tune", f"{file}:line", *SMALL, "--out", out)
    assert status == 2
    assert err.startswith(f"lropt: tune: out must be a folder that can be written to, got {out}; ")
    assert "lanes" not in shown


def test_the_answer_is_printed_though_it_cannot_be_written(monkeypatch, capsys, file, tmp_path):
    monkeypatch.setattr(Sweep, "save", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    status, out, err = run(monkeypatch, capsys, "tune", f"{file}:line", *SMALL, "--out", str(tmp_path / "out"))
    assert status == 2
    assert "disk full" in err
    assert "tx = " in out


def test_it_starts_as_a_program():
    done = subprocess.run(
        [sys.executable, "-c", "from lropt_jax.cli import main; main()", "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0
    for command in ("tune", "list", "show"):
        assert command in done.stdout


@pytest.mark.parametrize("command", ["tune", "show"])
def test_help_says_what_happens_where_nothing_is_given(monkeypatch, capsys, command):
    status, out, _ = run(monkeypatch, capsys, command, "--help")
    assert status == 0
    assert "None" not in out
    assert "(default: )" not in out
    assert command == "show" or out.count("(default: the problem's own)") == 5


def test_a_missing_extra_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tyro.extras", None)
    status, _, err = run(monkeypatch, capsys, "list")
    assert (status, err) == (2, "lropt: lropt: tyro is not installed; pip install 'lropt-jax[tune]'.\n")


def test_what_python_says_of_a_problem_file_comes_with_its_traceback(monkeypatch, capsys, file):
    status, _, err = run(monkeypatch, capsys, "tune", f"{file}:short", *SMALL)
    assert status == 2
    assert "Traceback" in err
    assert not err.startswith("lropt:")
