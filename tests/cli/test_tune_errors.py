"""What `lropt tune` says where something is wrong."""

import sys

import pytest
from command_line import SMALL, run

from lropt_jax.tuning import Sweep


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


def test_a_missing_extra_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tyro.extras", None)
    status, _, err = run(monkeypatch, capsys, "list")
    assert (status, err) == (2, "lropt: lropt: tyro is not installed; pip install 'lropt-jax[tune]'.\n")


def test_what_python_says_of_a_problem_file_comes_with_its_traceback(monkeypatch, capsys, file):
    status, _, err = run(monkeypatch, capsys, "tune", f"{file}:short", *SMALL)
    assert status == 2
    assert "Traceback" in err
    assert not err.startswith("lropt:")
