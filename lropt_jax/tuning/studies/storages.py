"""Where a study is kept: Optuna's storages by their URL, and what goes wrong with them in one line."""

import contextlib
import importlib.util
import os
import re
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lropt_jax._core.extras import NotInstalled, require
from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import Refused, WrongType

_DATABASES = re.compile(r"(sqlite|postgresql|mysql)(\+\w+)?://.+")
_JOURNAL = "journal://"
_TRIES = 5  # two workers may make the tables of a database at the same moment
_PATIENCE = 60  # seconds that a worker waits for its turn at a SQLite file
_LINE = 200  # characters of what a database says
_CONNECTING = 10  # seconds until a server counts as unreachable


def storage_of(url: Any) -> Any:
    """Optuna's storage for a URL: a journal in a folder, or a database."""
    if not isinstance(url, str):
        raise WrongType(f"url must be a string, got {shown(url)}.")
    with reaching(url):
        if url.startswith(_JOURNAL) or (url.endswith(".log") and "://" not in url):
            return _journal(Path(url.removeprefix(_JOURNAL)))
        if _DATABASES.fullmatch(url):
            return _database(url)
    ways = "journal:///path, a path that ends in .log, sqlite:///path or postgresql://user@host/name"
    raise Refused(f"url must be {ways}, got {shown(hidden(url))}.")


@contextlib.contextmanager
def reaching(url: str) -> Iterator[None]:
    """Turn what a file system or a database says into one line."""
    try:
        yield
    except Refused:
        raise
    except Exception as error:
        cause = error.__cause__ or error
        known = isinstance(error, (OSError, *_errors())) or type(error).__module__.startswith("json")
        if not known:
            raise
        said = getattr(cause, "strerror", None) or str(getattr(cause, "orig", None) or cause)
        line = (said.strip() or type(cause).__name__).splitlines()[0][:_LINE].rstrip(".")
        raise Refused(f"url must be a study that can be read and written, got {hidden(url)}; {line}.") from error


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Let Optuna say what is wrong, and nothing else."""
    logging = require("optuna", extra="optuna").logging
    before = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=require("optuna.exceptions").ExperimentalWarning)
            yield
    finally:
        logging.set_verbosity(before)


def hidden(url: str) -> str:
    """A URL without its password."""
    return re.sub(r"(://[^/@:]*):[^/@]*@", r"\1:***@", url)


def _errors() -> tuple[type[Exception], ...]:
    return require("optuna.exceptions").StorageInternalError, require("sqlalchemy.exc").SQLAlchemyError


def _journal(path: Path) -> Any:
    with open(path, "ab"):  # it fails here, and not in the middle of a batch
        pass
    if not os.access(path.parent, os.W_OK):  # the lock is a file beside it
        raise PermissionError(13, "Permission denied", str(path.parent))
    journal = require("optuna.storages.journal")
    try:
        return require("optuna.storages").JournalStorage(journal.JournalFileBackend(str(path)))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Refused(f"url must be a journal of Optuna, got {path}; it holds something else.") from error


def _database(url: str) -> Any:
    if url.startswith("sqlite"):
        arguments: dict[str, Any] = {"timeout": _PATIENCE}
    else:
        arguments = {"connect_timeout": _CONNECTING}
    how = {"pool_pre_ping": True, "connect_args": arguments}
    for left in reversed(range(_TRIES)):
        try:
            storage = require("optuna.storages").RDBStorage(_with_driver(url), engine_kwargs=how)
            break
        except ImportError as error:
            remedy = "pip install 'lropt-jax[postgresql]'" if url.startswith("postgresql") else "install it"
            raise NotInstalled(f"the driver of {hidden(url)} is not installed; {remedy}.") from error
        except Exception as error:
            if not left or not re.search("already exists|duplicate|unique", str(error), re.IGNORECASE):
                raise
            time.sleep(0.2)
    if storage.engine.name == "sqlite":
        _one_at_a_time(storage.engine)
    return storage


def _with_driver(url: str) -> str:
    """The URL with the driver that is installed. SQLAlchemy's choice differs between its versions."""
    for driver in ("psycopg", "psycopg2"):
        if url.startswith("postgresql://") and importlib.util.find_spec(driver):
            return url.replace("postgresql", f"postgresql+{driver}", 1)
    return url


def _one_at_a_time(engine: Any) -> None:
    """Let a transaction of SQLite begin with its lock.

    Python's driver takes the lock at the first change. So two workers could read that a trial waits, and both take it.
    """
    event = require("sqlalchemy.event")
    engine.dispose()

    def ours(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        connection.execute("PRAGMA journal_mode = WAL")  # without it each change waits for the disk several times
        connection.execute("PRAGMA synchronous = NORMAL")

    event.listen(engine, "connect", ours)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
