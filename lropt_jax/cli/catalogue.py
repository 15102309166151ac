"""`lropt list`: what there is."""

import inspect
from types import ModuleType
from typing import Any

from rich.console import Console
from rich.table import Table

from lropt_jax import compat, optimizers, problems, rates, schedules, transfer, wrappers
from lropt_jax._core.lifting import Factory
from lropt_jax._core.spelling import usage


def catalogue() -> int:
    """List schedules, rates, optimizers, wrappers, transfer rules and problems, and other libraries' rules."""
    shelves = {
        "schedules": _exported(schedules),
        "rates": _rules(rates),
        "optimizers": _rules(optimizers),
        "wrappers": _exported(wrappers),
        "transfer": _exported(transfer),
        "problems": list(problems.suite().values()),
        **{f"compat.{name}": _exported(getattr(compat, name)) for name in compat.__all__},
    }
    console = Console(markup=False, highlight=False)
    for title, items in shelves.items():
        table = Table(
            title=title, title_justify="left", title_style="bold", show_header=False, box=None, padding=(0, 2)
        )
        table.add_column(overflow="fold")  # names stay whole
        table.add_column()
        for item in items:
            table.add_row(usage(item), (inspect.getdoc(item) or "").partition("\n")[0])
        console.print(table)
        console.print()
    return 0


def _rules(room: ModuleType) -> list[Any]:
    return [item for item in _exported(room) if isinstance(item, Factory)]


def _exported(room: ModuleType) -> list[Any]:
    return [getattr(room, name) for name in room.__all__]
