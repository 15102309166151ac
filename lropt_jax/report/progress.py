"""A progress bar for tuning."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any

from lropt_jax._core.checking import checked
from lropt_jax._core.extras import require
from lropt_jax.tuning import Progress


@checked
def progress_bar(console: Any = None) -> AbstractContextManager[Callable[[str, Progress], None]]:
    """Show steps, time left and lanes alive while `tuning.tune` runs.

    Args:
        console: A rich console. None: a new one.

    Returns:
        A context manager. Its value is a function that `tune` takes as `on_progress`.

    Raises:
        ImportError: rich is not installed.

    Example:
        >>> from lropt_jax.tuning import Progress
        >>> with progress_bar() as report:  # doctest: +SKIP
        ...     report("coarse", Progress(done=50, total=100, alive=2, lanes=2))
    """
    return _bar(require("rich.progress"), console)


@contextlib.contextmanager
def _bar(progress: ModuleType, console: Any) -> Iterator[Callable[[str, Progress], None]]:
    columns = (
        progress.TextColumn("{task.description} pass"),
        progress.BarColumn(bar_width=12),
        progress.TextColumn("{task.completed:,.0f}/{task.total:,.0f} steps"),
        progress.TextColumn("{task.fields[alive]}/{task.fields[lanes]} lanes alive"),
        progress.TimeRemainingColumn(elapsed_when_finished=True),
    )
    bars: dict[str, Any] = {}
    with progress.Progress(*columns, console=console) as bar:

        def report(name: str, now: Progress) -> None:
            if name not in bars:
                bars[name] = bar.add_task(name, total=now.total, alive=now.alive, lanes=now.lanes)
            bar.update(bars[name], completed=now.done, alive=now.alive)

        yield report
