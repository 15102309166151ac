"""A progress bar for tuning."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from lropt_jax._core.extras import require
from lropt_jax.tuning import Progress


@contextlib.contextmanager
def progress_bar(console: Any = None) -> Iterator[Callable[[str, Progress], None]]:
    """Show steps, time left and lanes alive while `tuning.tune` runs.

    Args:
        console: A rich console; None for a new one.

    Yields:
        What to give to `tune` as `on_progress`.

    Example:
        >>> from lropt_jax.tuning import Progress
        >>> with progress_bar() as report:  # doctest: +SKIP
        ...     report("coarse", Progress(done=50, total=100, alive=2, lanes=2))
    """
    progress = require("rich.progress", owner="progress_bar")
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
