"""`lropt show`: see a schedule."""

import os
from pathlib import Path
from typing import Annotated, Any

import jax
import numpy as np
import tyro
from rich.console import Console
from rich.table import Table

from lropt_jax import report
from lropt_jax._core.values import Schedule, Value
from lropt_jax.config import parse

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_ROWS, _COLUMNS = 8, 72


def show(
    text: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="SCHEDULE")],
    /,
    *,
    steps: int | None = None,
    out: Path | None = None,
) -> int:
    """Print and plot a schedule.

    Args:
        text: A call such as "warmup(cosine(1e-3, 1000), 100)".
        steps: How many steps to show; by default the length of the schedule.
        out: A file such as schedule.png to draw it into.
    """
    schedule = parse(text)
    if not isinstance(schedule, Schedule):
        raise ValueError(f"show: text must be a schedule with its numbers, such as cosine(1e-3, 1000), got {text!r}.")
    length = steps if steps is not None else _length(schedule) or 1000
    if length < 1:
        raise ValueError(f"show: steps must be >= 1, got {length}.")
    console = Console()
    console.print(str(schedule), highlight=False)
    console.print(_plot(schedule, length), highlight=False)
    console.print(_table(schedule, length))
    if out is not None:
        _draw(schedule, text, length, out)
        console.print(f"Written: {out}", highlight=False)
    return 0


def _length(value: Any) -> int:
    """Steps until nothing changes any more: the horizons of a schedule and of those inside it, added up."""
    if not isinstance(value, Value):
        return sum(map(_length, value)) if isinstance(value, (tuple, list)) else 0
    own = [np.max(value.arguments[name]) for name in ("steps", "boundaries") if np.size(value.arguments.get(name, ()))]
    inside = (argument for name, argument in value.arguments.items() if name not in ("steps", "boundaries"))
    return int(max(own, default=0)) + sum(map(_length, inside))


def _plot(schedule: Schedule, length: int) -> str:
    """The curve in eighths of a character."""
    rates = np.asarray(schedule(np.linspace(0, length, _COLUMNS).round().astype(np.int32)))
    heights = np.round(rates / (rates.max() or 1) * 8 * _ROWS).astype(int)
    lines = []
    for row in reversed(range(_ROWS)):
        label = f"{rates.max():.3g}" if row == _ROWS - 1 else "0" if row == 0 else ""
        lines.append(f"{label:>9} │" + "".join(_EIGHTHS[level] for level in np.clip(heights - 8 * row, 0, 8)))
    return "\n".join([*lines, f"{'':9} └" + "─" * _COLUMNS, f"{'':10} 0{length:>{_COLUMNS - 1}}"])


def _table(schedule: Schedule, length: int) -> Table:
    """The rate at the start, the peak, the quarters and the end."""
    at = np.arange(length + 1, dtype=np.int32)
    rates = np.asarray(jax.jit(schedule.__call__)(at))
    peak = int(np.argmax(rates))
    table = Table()
    table.add_column("step", justify="right")
    table.add_column("rate", justify="right")
    table.add_column("")
    marks = {0: "first update", peak: "peak", length - 1: "last update", length: "after it"}
    for step in sorted({*marks, *(length * quarter // 4 for quarter in range(1, 4))}):
        table.add_row(f"{step}", f"{rates[step]:.6g}", marks.get(step, ""))
    return table


def _draw(schedule: Schedule, text: str, length: int, out: Path) -> None:
    """A picture, as a whole file or none."""
    if out.suffix.lower() not in (".png", ".pdf", ".svg"):
        raise ValueError(f"show: out must end in .png, .pdf or .svg, got {out}.")
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".partial-{out.name}")
    report.plot_schedules({text: schedule}, length).savefig(partial)
    os.replace(partial, out)
