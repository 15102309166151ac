"""Progress of tuning where people look: bars in a terminal, a line that moves in a notebook, a few lines in a log."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any

from lropt_jax._core.checking import checked
from lropt_jax._core.extras import NotInstalled, require
from lropt_jax.report.notebook import in_notebook, notebook_bar
from lropt_jax.report.pace import Pace
from lropt_jax.tuning import Progress

Report = Callable[[str, Progress], None]
_QUIET = 2.0  # seconds of a pass before a log that nobody asked for gets a line


@checked
def progress_bar(console: Any = None) -> AbstractContextManager[Callable[[str, Progress], None]]:
    """Show steps, time left and lanes alive while `tuning.tune` runs.

    A terminal shows a bar for each pass, and so does a notebook: it needs no ipywidgets. A file or a pipe gets a plain
    line for each quarter of a pass.

    Args:
        console: A rich console. None: a new one, or the notebook.

    Returns:
        A context manager. Its value is a function that `tune` takes as `on_progress`.

    Raises:
        ImportError: rich is not installed, and this is no notebook.

    Example:
        >>> from lropt_jax.tuning import Progress
        >>> with progress_bar() as report:
        ...     report("coarse", Progress(done=50, total=100, alive=2, lanes=2))
        coarse pass: 50%, 50/100 steps, 2/2 lanes alive, 0:00
    """
    if console is None and in_notebook():
        return notebook_bar()
    rich = require("rich.progress")
    console = require("rich.console").Console() if console is None else console
    if console.is_jupyter:
        return notebook_bar()
    return _bars(rich, console) if console.is_terminal else _lines(_printer(console))


def watching() -> AbstractContextManager[Callable[[str, Progress], None]]:
    """What `tuning` shows when nobody has said how: the same as `progress_bar`, beside the output of the program.

    It writes to standard error. Where that is no terminal, a pass of less than two seconds says nothing.
    """
    if in_notebook():
        return notebook_bar()
    if sys.stderr is not None and sys.stderr.isatty():
        with contextlib.suppress(NotInstalled):
            return _bars(require("rich.progress"), require("rich.console").Console(stderr=True))
    return _lines(lambda line: print(line, file=sys.stderr, flush=True), after=_QUIET)


@contextlib.contextmanager
def _bars(progress: ModuleType, console: Any) -> Iterator[Report]:
    columns = (
        progress.TextColumn("{task.description} pass"),
        progress.BarColumn(bar_width=12),
        progress.TextColumn("{task.completed:,.0f}/{task.total:,.0f} steps"),
        progress.TextColumn("{task.fields[alive]}/{task.fields[lanes]} lanes alive"),
        progress.TextColumn("{task.fields[time]}"),
    )
    bars: dict[str, Any] = {}
    paces: dict[str, Pace] = {}
    with progress.Progress(*columns, console=console) as bar:

        def report(name: str, now: Progress) -> None:
            said = paces.setdefault(name, Pace.of(now)).brief(now)
            if name not in bars:
                bars[name] = bar.add_task(name, total=now.total, alive=now.alive, lanes=now.lanes, time=said)
            bar.update(bars[name], completed=now.done, alive=now.alive, time=said)

        yield report


@contextlib.contextmanager
def _lines(write: Callable[[str], None], after: float = 0.0) -> Iterator[Report]:
    """A line where a pass enters its second quarter, its third, its last, and where it ends."""
    paces: dict[str, Pace] = {}
    quarters: dict[str, int] = {}

    def report(name: str, now: Progress) -> None:
        pace = paces.setdefault(name, Pace.of(now))
        quarter = 4 * now.done // max(now.total, 1)
        if quarter <= quarters.get(name, 0) or time.monotonic() - pace.began < after:
            return
        quarters[name] = quarter
        with contextlib.suppress(OSError, ValueError):  # a full disk or a closed file must not end the run
            write(f"{name} pass: {pace.said(now)}")

    yield report


def _printer(console: Any) -> Callable[[str], None]:
    return lambda line: console.print(line, markup=False, highlight=False, soft_wrap=True)
