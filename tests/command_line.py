"""Run the command line as a user does, in this process."""

import sys
from typing import Any

import pytest

from lropt_jax.cli import main

SMALL = ("--steps", "40", "--seeds", "2", "--rates", "1e-2:1e2:6", "--optimizers", "sgd", "adam")


def run(monkeypatch: Any, capsys: Any, *arguments: str, columns: int = 200) -> tuple[int, str, str]:
    """Exit status, output and errors of `lropt ARGUMENTS`."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys, "argv", ["lropt", *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    output = capsys.readouterr()
    return stop.value.code or 0, output.out, output.err
