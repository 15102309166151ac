"""Tests of the program: how it starts, its help, what it needs."""

import subprocess
import sys

import pytest
from command_line import SMALL, run


def test_it_starts_as_a_program():
    done = subprocess.run(
        [sys.executable, "-c", "from lropt_jax.cli import main; main()", "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0
    for command in ("tune", "auto", "list", "show"):
        assert command in done.stdout


@pytest.mark.parametrize("command", ["tune", "auto", "show", "list"])
def test_help_says_what_happens_where_nothing_is_given(monkeypatch, capsys, command):
    status, out, _ = run(monkeypatch, capsys, command, "--help")
    assert status == 0
    assert "None" not in out
    assert "(default: )" not in out
    assert command != "tune" or out.count("(default: the problem's own)") == 5


def test_a_missing_extra_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tyro.extras", None)
    status, _, err = run(monkeypatch, capsys, "list")
    assert (status, err) == (2, "lropt: tyro is not installed; pip install 'lropt-jax[tune]'.\n")


def test_what_draws_is_asked_for_before_anything_is_trained(monkeypatch, capsys, tmp_path, file):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    status, out, err = run(monkeypatch, capsys, "tune", f"{file}:line", *SMALL, "--out", str(tmp_path / "out"))
    assert (status, err) == (2, "lropt: tune: matplotlib is not installed; pip install 'lropt-jax[tune]'.\n")
    assert out == ""


@pytest.mark.parametrize("module", ["numpy._core.multiarray", "jax", "jax._src.lib", "lropt_jax.cli.tune"])
def test_ctrl_c_while_jax_is_imported_is_one_line_and_status_130(module):
    program = f"""
import os, signal, sys
from importlib.abc import MetaPathFinder

class Press(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Press())
from lropt_jax.cli import main
main()
"""
    done = subprocess.run([sys.executable, "-c", program, "list"], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "lropt: interrupted.\n")
