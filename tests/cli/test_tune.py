"""Tests of `lropt tune`."""

import json
import subprocess
import sys

import pytest
from command_line import run

PROBLEM = """
import jax.numpy as jnp
from lropt_jax.problems import Problem

x = jnp.linspace(-1, 1, 32)
line = Problem.from_loss(lambda w, batch: jnp.mean((w * batch - 3 * batch) ** 2), lambda key: jnp.zeros(()), x,
                         batch_size=8, validation=x, test=x, name="line")
vector = Problem.from_loss(lambda w, batch: w * batch, lambda key: jnp.zeros(()), x)
number = 3

def made():
    return line

def broken():
    return jnp.zeros(3) @ jnp.zeros(4)
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
        monkeypatch, capsys, "tune", "--problem", f"{file}:line", "--out", str(tmp_path / "out"),
        "--optimizers", "sgd(rate, momentum=0.5)", "--rates", "0.01,0.1", "--steps", "30", "--seeds", "1",
        "--schedule", "warmup(cosine(rate, 0.9 * steps), 0.1 * steps)",
    )  # fmt: skip
    assert status == 0
    assert "Use sgd(rate, momentum=0.5) with a learning rate of" in out
    assert "tx = sgd(learning_rate=warmup(schedule=cosine(peak=" in out


def test_where_everything_diverges_it_says_so_and_exits_with_1(monkeypatch, capsys, tmp_path, file):
    status, out, _ = run(
        monkeypatch, capsys, "tune", f"{file}:line", "--optimizers", "sgd", "--rates", "1e20:1e30:3",
        "--steps", "20", "--schedule", "constant", "--out", str(tmp_path / "out"),
    )  # fmt: skip
    assert status == 1
    assert "No lane of line ended well" in out
    assert "Try --rates" in out
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("vea",), "vae, value_iteration, or path/to/file.py:name, got 'vea'."),
        (("FILE:nothing",), "got 'nothing'; its problems: ['line', 'vector']."),
        (("FILE:number",), "tune: problem must be a Problem or a function making one, got 3"),
        (("nowhere.py:line",), "tune: problem must be in a file that exists, got nowhere.py."),
        (("FILE:vector",), "Problem.from_loss: loss must return a scalar, got shape (32,); average over the batch."),
        (("FILE:line", "--rates", "1e0:1e-4:24"), "log_rates: high must be > low, got 1 to 0.0001; swap them."),
        (("FILE:line", "--rates", "a:b"), "tune: rates must be LOW:HIGH:COUNT or numbers with commas, got 'a:b'."),
        (("FILE:line", "--rates", "-1,2"), "sweep: rates must be finite and > 0, got -1.0."),
        (("FILE:line", "--optimizers", "adma"), "parse: 'adma' is not a name here; alike are: adam"),
        (
            ("FILE:line", "--optimizers", "sgd(0.1)"),
            "tune: optimizers must be names or calls with `rate`, got 'sgd(0.1)'.",
        ),
        (("FILE:line", "--optimizers", "adam(rate, b1=2)"), "adam: b1 must be in [0, 1), got 2."),
        (("FILE:line", "--schedule", "cosin"), "parse: 'cosin' is not a name here"),
        (("FILE:line", "--schedule", "adam"), "tune: schedule must be a name or a call with `rate` and `steps`"),
        (("FILE:line", "--steps", "0"), "steps must be"),
        (("FILE:line", "--seeds", "0"), "sweep: seeds must be at least one, got none."),
    ],
)
def test_bad_input_is_one_line_and_status_2(monkeypatch, capsys, tmp_path, file, arguments, message):
    arguments = [argument.replace("FILE", str(file)) for argument in arguments]
    status, _, err = run(monkeypatch, capsys, "tune", *arguments, "--out", str(tmp_path / "out"))
    assert status == 2
    assert message in err
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_an_error_of_the_users_own_shows_where(monkeypatch, capsys, file):
    status, _, err = run(monkeypatch, capsys, "tune", f"{file}:broken")
    assert status == 2
    assert "in broken" in err


def test_it_starts_as_a_program():
    done = subprocess.run(
        [sys.executable, "-c", "from lropt_jax.cli import main; main()", "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0
    for command in ("tune", "list", "show"):
        assert command in done.stdout


def test_a_missing_extra_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tyro.extras", None)
    status, _, err = run(monkeypatch, capsys, "list")
    assert (status, err) == (2, "lropt: lropt: tyro is not installed; pip install 'lropt-jax[tune]'.\n")
