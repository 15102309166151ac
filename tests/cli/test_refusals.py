"""Tests of what `lropt tune` refuses, and of errors that are the user's own."""

import pytest
from command_line import SMALL, run


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("vea",), "vae, value_iteration, or path/to/file.py:name, got 'vea'."),
        (("FILE:nothing",), "got 'nothing'; its problems: ['line', 'unlucky', 'still', 'vector', 'short']."),
        (("FILE:number",), "tune: problem must be a Problem or a function making one, got 3"),
        (("nowhere.py:line",), "tune: problem must be in a file that exists, got nowhere.py."),
        (("FILE:vector",), "Problem.from_loss: loss must return a scalar, got shape (32,); average over the batch."),
        (("FILE:line", "--rates", "1e0:1e-4:24"), "log_rates: high must be > low, got 1 to 0.0001; swap them."),
        (("FILE:line", "--rates", "a:b"), "tune: rates must be LOW:HIGH:COUNT or numbers with commas, got 'a:b'."),
        (("FILE:line", "--rates", "-1,2"), "tune: rates must be finite and > 0, got [-1.0, 2.0]."),
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
        (("FILE:line", "--rates", "0.1,0.1"), "tune: rates must be different, got 0.1 twice."),
        (("FILE:line", "--steps", "0"), "steps must be"),
        (("FILE:line", "--rates", "1e-4:1:1000000000"), "tune: rates must be at most 1000, got 1000000000."),
        (("FILE:line", "--rates", "1e-4:1:1" + "0" * 400), "tune: rates must be at most 1000, got 1000"),
        (("FILE:line", "--rates", "1e-4:1:" + "9" * 5000), "tune: rates must be LOW:HIGH:COUNT or numbers with"),
        (("FILE:line", "--rates", "0.1," * 2000 + "0.2"), "tune: rates must be at most 1000, got 2001."),
        (("FILE:line", "--rates", "a" * 100_000), "tune: rates must be LOW:HIGH:COUNT or numbers with commas, got 'a"),
        (("FILE:line", "--steps", "9223372036854775808"), "tune: steps must be at most 2147483647, got 92233720368"),
        (("FILE:line", "--seeds", "9223372036854775808"), "tune: seeds must be at most 1000, got 9223372036854775808."),
        (("FILE:line", "--optimizers", "sgd(rate, momentum=0.1, momentum=0.2)"), "parse: arguments must be given once"),
        (("FILE:line", "--schedule", "cosine(rate, steps" + "0" * 400 + ")"), "is not a name here; alike are: none"),
        (("FILE:" + "a" * 100_000,), "tune: problem must name something in"),
        (("a" * 100_000,), "or path/to/file.py:name, got 'aaa"),
        (("FILE:line", "--seeds", "0"), "tune: seeds must be a whole number >= 1, got 0."),
    ],
)
def test_bad_input_is_one_line_and_status_2(monkeypatch, capsys, tmp_path, file, arguments, message):
    arguments = [argument.replace("FILE", str(file)) for argument in arguments]
    status, _, err = run(monkeypatch, capsys, "tune", *arguments, "--out", str(tmp_path / "out"))
    assert status == 2
    assert message in err
    assert len(err) < 1000
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "error",
    [
        "jnp.zeros(3) @ jnp.zeros(4)",
        "1 / 0",
        "{}['config']",
        "RuntimeError('no data')",
        "AssertionError",
        "ValueError('adam: b1 must be in [0, 1), got 2.')",  # as this library says it
    ],
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


def test_what_python_says_of_a_problem_file_comes_with_its_traceback(monkeypatch, capsys, file):
    status, _, err = run(monkeypatch, capsys, "tune", f"{file}:short", *SMALL)
    assert status == 2
    assert "Traceback" in err
    assert not err.startswith("lropt:")


@pytest.mark.parametrize("text", ["import sys; sys.exit(0)", "def line(): raise SystemExit"])
def test_a_problem_that_ends_the_program_is_status_2(monkeypatch, capsys, file, text):
    file.write_text(text)
    status, _, err = run(monkeypatch, capsys, "tune", f"{file}:line", *SMALL)
    assert status == 2
    assert err.startswith("lropt: tune: a problem's code must not end the program, got sys.exit(")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("cosine(1, 5)", "--steps", "9223372036854775808"), "show: steps must be at most 2147483647, got 92233720368"),
        (("cosine(1, 1e30)",), "show: steps must be at most 2147483647, got 1000000000"),
        (("a" * 100_000,), "parse: 'aaa"),
    ],
)
def test_a_schedule_too_long_to_show_is_refused(monkeypatch, capsys, arguments, message):
    status, _, err = run(monkeypatch, capsys, "show", *arguments)
    assert (status, len(err.splitlines())) == (2, 1)
    assert message in err


def test_a_name_of_a_megabyte_is_refused(monkeypatch, capsys):
    status, _, err = run(monkeypatch, capsys, "list", "a" * 10**6)
    assert status == 2
    assert len(err) < 300
