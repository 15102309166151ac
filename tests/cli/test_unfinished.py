"""Tests of what `lropt tune` keeps beside its results."""

import contextlib
import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace

import jax
import pytest
from command_line import NUMBERS, names, program, run, say, start

from lropt_jax import report
from lropt_jax.cli import unfinished


def interrupted(monkeypatch, capsys, *arguments):
    """A run whose final pass gets Ctrl-C before its first lane has ended."""

    def press(now, progress):
        if now == "final":
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.05)

    with monkeypatch.context() as patch:
        patch.setattr("lropt_jax.tuning.plan._SLICE", 1e-9)
        patch.setattr(report, "progress_bar", lambda console: contextlib.nullcontext(press))
        return run(monkeypatch, capsys, *arguments)


def test_the_same_command_goes_on_and_then_nothing_unfinished_is_left(monkeypatch, capsys, tmp_path, file):
    status, out, _ = interrupted(monkeypatch, capsys, *say(file, tmp_path / "out"))
    assert status == 0
    assert "The same command goes on from here." in out
    assert ".unfinished" in names(tmp_path / "out")
    status, out, err = run(monkeypatch, capsys, *say(file, tmp_path / "out"))
    assert (status, err) == (0, "")
    assert "The unfinished run had" in out
    assert names(tmp_path / "out") == [*NUMBERS, "tune.png"]


def test_what_differs_from_the_unfinished_run_is_said(monkeypatch, capsys, tmp_path, file):
    interrupted(monkeypatch, capsys, *say(file, tmp_path / "out"))
    file.write_text(file.read_text().replace("3 * batch", "4 * batch"))
    status, out, err = run(monkeypatch, capsys, *say(file, tmp_path / "out"))
    assert (status, err) == (0, "")
    assert "The unfinished run is not used: another problem." in out


def test_where_nothing_ended_well_no_folder_is_left(monkeypatch, capsys, tmp_path, file):
    diverges = ("--optimizers", "sgd", "--rates", "1e20,1e30", "--steps", "20", "--schedule", "constant")
    assert run(monkeypatch, capsys, "tune", f"{file}:line", *diverges, "--out", str(tmp_path / "out"))[0] == 1
    assert names(tmp_path) == ["mine.py"]


@pytest.mark.slow
def test_a_killed_command_goes_on_and_a_second_one_compiles_nothing(tmp_path, file):
    env = {"JAX_ENABLE_COMPILATION_CACHE": "1", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    fast = "from lropt_jax.tuning import kept; kept._EVERY = kept._SHARE = 0"
    process = start(*say(file, tmp_path / "out"), env=env, before=fast)
    while not list(tmp_path.glob("out/.unfinished/*.ended")):
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert program(*say(file, tmp_path / "out"), env=env).returncode == 0
    assert names(tmp_path / "out") == [*NUMBERS, "tune.png"]
    compiled = names(tmp_path / "cache" / "lropt-jax")
    assert compiled
    assert program(*say(file, tmp_path / "again"), env=env).returncode == 0
    assert names(tmp_path / "cache" / "lropt-jax") == compiled
    off = program(*say(file, tmp_path / "off"), "--no-cache", env={**env, "XDG_CACHE_HOME": str(tmp_path / "none")})
    assert (off.returncode, (tmp_path / "none" / "lropt-jax").exists()) == (0, False)


@pytest.mark.parametrize(
    ("folder", "enabled", "kept"), [(None, True, True), ("/there", True, False), (None, False, False)]
)
def test_programs_are_kept_in_the_users_cache_unless_the_environment_says_otherwise(
    monkeypatch, tmp_path, folder, enabled, kept
):
    said = {"jax_compilation_cache_dir": folder, "jax_enable_compilation_cache": enabled}
    monkeypatch.setattr(jax, "config", SimpleNamespace(**said, update=said.__setitem__))
    monkeypatch.setattr(unfinished, "_cache", lambda: tmp_path)
    unfinished.keep_programs()
    assert (said["jax_compilation_cache_dir"] == str(tmp_path / "lropt-jax")) == kept


@pytest.mark.parametrize(("platform", "folder"), [
    ("linux", "/home/me/.cache"), ("darwin", "/home/me/Library/Caches"), ("win32", "/home/me/AppData/Local"),
])  # fmt: skip
def test_every_system_has_a_folder_for_caches(monkeypatch, platform, folder):
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr(Path, "home", lambda: Path("/home/me"))
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    assert unfinished._cache() == Path(folder)
