"""Tests of what is printed where not everything can be."""

import io
import sys

import pytest
from command_line import program, run

from lropt_jax._core.refusal import Refused
from lropt_jax.cli.output import print_everything, printing


@pytest.mark.parametrize(
    ("encoding", "text", "written"),
    [
        ("utf-8", "0.5 ± 0.1 │▁█…", "0.5 ± 0.1 │▁█…".encode()),
        ("ascii", "0.5 ± 0.1 │▁█…", b"0.5 +- 0.1 |.@..."),
        ("latin-1", "0.5 ± 0.1 └─", "0.5 ± 0.1 +-".encode("latin-1")),
        ("ascii", "größe", b"gr\\u{f6}\\u{df}e"),
        ("ascii", "gr\udcc3\udcb6", b"gr\xc3\xb6"),  # a path in bytes
    ],
)
def test_what_an_encoding_lacks_is_written_in_simpler_characters(monkeypatch, encoding, text, written):
    file = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(file, encoding=encoding))
    monkeypatch.setattr(sys, "stderr", io.StringIO())  # as in a notebook
    print_everything()
    print(text, end="", flush=True)
    assert file.getvalue() == written


def test_an_output_that_cannot_be_written_is_refused():
    with (
        pytest.raises(Refused, match="^the output must be one that can be written to, got No space; it is in out"),
        printing("; it is in out"),
    ):
        raise OSError(28, "No space")


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [("list",), ("show", "cosine(1, 5)")])
def test_an_ascii_terminal_shows_a_schedule_and_a_full_disk_is_one_line(monkeypatch, capsys, arguments):
    done = program(*arguments, env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()
    with open("/dev/full", "w") as full:
        done = program(*arguments, stdout=full)
    message = f"lropt: {arguments[0]}: the output must be one that can be written to, got No space left on device.\n"
    assert (done.returncode, done.stderr) == (2, message)
    assert run(monkeypatch, capsys, *arguments)[0] == 0
