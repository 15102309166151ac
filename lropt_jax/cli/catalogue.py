"""`lropt list`: what there is."""

import inspect

from rich.console import Console
from rich.table import Table

from lropt_jax import optimizers, problems, schedules
from lropt_jax._core.lifting import Factory
from lropt_jax._core.spelling import usage


def catalogue() -> int:
    """List the schedules, optimizers and problems, with their arguments."""
    shelves = {
        "schedules": [getattr(schedules, name) for name in schedules.__all__],
        "optimizers": [item for name in optimizers.__all__ if isinstance(item := getattr(optimizers, name), Factory)],
        "problems": list(problems.suite().values()),
    }
    console = Console()
    for title, items in shelves.items():
        table = Table(
            title=title, title_justify="left", title_style="bold", show_header=False, box=None, padding=(0, 2)
        )
        for item in items:
            table.add_row(usage(item), (inspect.getdoc(item) or "").partition("\n")[0])
        console.print(table, highlight=False)
        console.print()
    return 0
