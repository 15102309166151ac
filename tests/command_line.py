"""Run the command line as a user does, in this process or in one of its own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lropt_jax.cli import main

SMALL = ("--steps", "40", "--seeds", "2", "--rates", "1e-2:1e2:6", "--optimizers", "sgd")
"""Options of a tuning that takes a second."""
NUMBERS = ["coarse.json", "coarse.npz", "final.json", "final.npz"]
"""What a tuning writes besides its pictures."""


_NO_CACHE = {"JAX_ENABLE_COMPILATION_CACHE": "0"}


def run(monkeypatch: Any, capsys: Any, *arguments: str, columns: int = 200) -> tuple[int, str, str]:
    """Exit status, output and errors of `lropt ARGUMENTS`."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys, "argv", ["lropt", *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    output = capsys.readouterr()
    return stop.value.code or 0, output.out, output.err


def start(*arguments: str, env: dict[str, str] | None = None, stdout: Any = subprocess.PIPE, before: str = "") -> Any:
    """A process of `lropt ARGUMENTS` after some code. It has no compilation cache, which would write files too."""
    held = {
        name: value for name, value in os.environ.items() if not name.startswith(("JAX_COMP", "JAX_PERS", "PYTHONU"))
    }
    program = [sys.executable, "-c", f"{before}\nfrom lropt_jax.cli import main; main()", *arguments]
    streams: dict[str, Any] = {"stdout": stdout, "stderr": subprocess.PIPE, "text": True, "errors": "replace"}
    return subprocess.Popen(program, env={**held, **_NO_CACHE, "COLUMNS": "200", **(env or {})}, **streams)


def program(*arguments: str, **how: Any) -> Any:
    """What `lropt ARGUMENTS` did, in a process of its own."""
    process = start(*arguments, **how)
    out, err = process.communicate(timeout=200)
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def say(file: Path, out: Path) -> tuple[str, ...]:
    """The words that tune the problem of a file into a folder."""
    return "tune", f"{file}:line", *SMALL, "--out", str(out)


def rename(file: Path, name: str) -> None:
    """Give the problem of a file another name."""
    file.write_text(file.read_text().replace('name="line"', f"name={name!r}"))
