"""What `lropt tune` keeps beside its results: a run that is not finished, and compiled programs."""

import contextlib
import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lropt_jax._core.whole import check_writable
from lropt_jax.problems import Problem
from lropt_jax.tuning import Tuning

_NAME = ".unfinished"


@contextlib.contextmanager
def unfinished(out: Path, problem: Problem) -> Iterator[Path | None]:
    """The folder from which the same command goes on. None: the problem's batches come only once.

    What differs from the last run is told with the results, by `went_on`.
    """
    once = problem.stream is not None and isinstance(problem.stream.batches, Iterator)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="resume: ")
            yield None if once else out / _NAME
    finally:
        _tidy(out)


def forget(out: Path) -> None:
    """Remove it: the results are written. Another process that tunes the same into this folder makes it again."""
    shutil.rmtree(out / _NAME, ignore_errors=True)
    _tidy(out)


def went_on(found: Tuning) -> str:
    """What is worth saying of the last run in the folder: a line each."""
    told = [sweep.engine.get("resume", {}) for sweep in (found.coarse, found.final) if sweep is not None]
    used = sum(one.get("used", 0) for one in told)
    lines = [f"The unfinished run had {used} programs of lanes that are used here."] if used else []
    if told and told[0].get("apart"):
        lines.append(f"The unfinished run is not used: {'; '.join(told[0]['apart'])}.")
    failed = [one["failed"] for one in told if one.get("failed")]
    lines += [f"Not all could be kept on the way: {failed[0]}."] if failed else []
    return "".join(f"{line}\n" for line in lines)


def keep_programs() -> None:
    """Let JAX keep compiled programs on disk, unless the environment says where or that it should not."""
    import jax

    folder = _cache() / "lropt-jax"
    config: Any = jax.config  # whose settings mypy does not know
    if config.jax_compilation_cache_dir or not config.jax_enable_compilation_cache:
        return
    with contextlib.suppress(OSError):  # without it all is compiled again
        check_writable(folder)
        config.update("jax_compilation_cache_dir", str(folder))
        config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def _cache() -> Path:
    """The user's folder for what can be made again."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _tidy(out: Path) -> None:
    """Leave no empty folder."""
    for folder in (out / _NAME, out):
        with contextlib.suppress(OSError):
            folder.rmdir()
