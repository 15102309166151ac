"""Workers of a study in processes of their own, and a PostgreSQL server for them."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bowls import bowl

from lropt_jax.optimizers import adam, sgd
from lropt_jax.tuning import Progress, log_rates, study, sweep
from lropt_jax.tuning.studies.points import point_of
from lropt_jax.tuning.studies.storages import quiet, storage_of

optuna = pytest.importorskip("optuna")
RUNS: dict[str, Any] = {"rates": log_rates(1e-2, 3.0, 6), "steps": 40, "seeds": 2, "batch": 4, "grace": 3.0}
OPTIMIZERS = [sgd, adam]  # with 6 rates and 2 seeds: 24 trials


def work(url: str, told: Any = None, **others: Any) -> Any:
    """One worker here."""
    return study(bowl, OPTIMIZERS, url=url, on_progress=told, **{**RUNS, **others})


def work_and_wait(url: str) -> None:
    """One worker that ends a batch, and waits in the next one for a line on its standard input."""
    waited: list[str] = []

    def told(now: Progress) -> None:
        if not waited and held_by(os.getpid(), url, "COMPLETE"):
            print("waiting", flush=True)
            waited.append(sys.stdin.readline())

    work(url, told)


def start(url: str) -> subprocess.Popen:
    """Such a worker in a process of its own."""
    program = f"from many_workers import work_and_wait; work_and_wait({url!r})"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", program], env=env, **pipes)


def trials(url: str) -> list[Any]:
    """The trials of a study as they stand. None where nobody has made it yet."""
    with quiet():
        try:
            return optuna.load_study(study_name="lropt", storage=storage_of(url)).get_trials(deepcopy=False)
        except KeyError:
            return []


def held_by(process: int, url: str, state: str) -> list[Any]:
    """The trials of a worker in a state."""
    mine = f"-{process}-"
    return [t for t in trials(url) if t.state.name == state and mine in t.user_attrs.get("worker", "")]


def check_that_none_is_lost_or_doubled(url: str) -> list[Any]:
    """24 trials ended, one for each point. Returns the others."""
    every = trials(url)
    ended = [trial for trial in every if trial.state.name == "COMPLETE"]
    assert len(ended) == len({point_of(trial) for trial in ended}) == 24
    return [trial for trial in every if trial.state.name != "COMPLETE"]


def kill_one_of_two(url: str) -> None:
    """Two workers share 24 trials. One is killed in its second batch. The study has the bits of one process."""
    doomed, other = workers = [start(url), start(url)]
    try:
        assert [worker.stdout.readline() for worker in workers] == ["waiting\n"] * 2
        kept = held_by(doomed.pid, url, "RUNNING")
        doomed.send_signal(signal.SIGKILL)
        other.communicate("\n", timeout=200)
        assert other.returncode == 0
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    failed = check_that_none_is_lost_or_doubled(url)
    assert [trial.number for trial in failed] == [trial.number for trial in kept] != []
    assert {trial.user_attrs["status"] for trial in failed} == {"abandoned"}
    assert held_by(other.pid, url, "COMPLETE")
    found, runs = work(url), {name: RUNS[name] for name in ("rates", "steps", "seeds")}
    alone = sweep(bowl, OPTIMIZERS, lanes_per_program=RUNS["batch"], on_progress=None, **runs)
    for name in ("optimizer", "rate", "seed", "status", "start", "train", "validation", "test", "curve"):
        assert getattr(found, name).tobytes() == getattr(alone, name).tobytes(), name


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """The URL of a database on a server of this test alone."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    home = found[-1].parent if found else Path(shutil.which("initdb") or "").parent
    if not (home / "initdb").is_file():
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        as_user: dict[str, Any] = {}
        if os.getuid() == 0:  # the server refuses to be root
            as_user = {"user": "postgres", "cwd": "/"}
            shutil.chown(folder, "postgres")
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        yield from _served(home, Path(folder), port, as_user)


def _served(home: Path, folder: Path, port: int, as_user: dict[str, Any]) -> Iterator[str]:
    data, log = folder / "data", folder / "log"
    made = [home / "initdb", "-D", data, "-U", "me", "-A", "trust", "--no-sync"]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL, **as_user)
    how = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    server = [home / "pg_ctl", "-D", data, "-l", log, "-w"]
    subprocess.run([*server, "-o", how, "start"], check=True, stdout=subprocess.DEVNULL, **as_user)
    try:
        yield f"postgresql://me@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*server, "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL, **as_user)
