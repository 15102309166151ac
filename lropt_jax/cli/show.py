"""`lropt show`: see a schedule."""

from pathlib import Path
from typing import Annotated

import numpy as np
import tyro
from rich.console import Console
from rich.table import Table

from lropt_jax import report
from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import Refused
from lropt_jax._core.values import Schedule
from lropt_jax._core.whole import whole
from lropt_jax.cli.output import printing
from lropt_jax.cli.words import check_counts
from lropt_jax.cli.writing import writing
from lropt_jax.config import parse

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_ROWS, _COLUMNS = 8, 66


def show(
    texts: Annotated[
        tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="SCHEDULE ...", help_behavior_hint="(required)")
    ],
    /,
    *,
    steps: Annotated[int | None, tyro.conf.arg(metavar="INT", help_behavior_hint="(default: to the last end)")] = None,
    out: Annotated[Path | None, tyro.conf.arg(metavar="PATH", help_behavior_hint="(default: no picture)")] = None,
) -> int:
    """Print and plot schedules.

    Args:
        texts: Calls such as "warmup(cosine(1e-3, 1000), 100)", one or several.
        steps: How many steps to show.
        out: A file for one picture of them all, such as schedule.png.
    """
    schedules = {text: _schedule(text) for text in texts}
    if not schedules:
        raise Refused("texts must be at least one schedule, such as cosine(1e-3, 1000), got none.")
    length = steps if steps is not None else report.span(*schedules.values())
    check_counts(length)
    if length < 1:
        raise Refused(f"steps must be >= 1, got {length}.")
    console = Console(markup=False, highlight=False)
    with printing():
        for schedule in schedules.values():
            console.print(str(schedule), soft_wrap=True)
            console.print(_plot(schedule, length))
            console.print(_table(schedule, length))
    if out is not None:
        _draw(schedules, length, out)
        console.print(f"Written: {out}", soft_wrap=True)
    return 0


def _schedule(text: str) -> Schedule:
    schedule = parse(text)
    if not isinstance(schedule, Schedule):
        raise Refused(f"text must be a schedule with its numbers, such as cosine(1e-3, 1000), got {shown(text)}.")
    return schedule


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
    """The rate at the start, the quarters and the end, and at the steps that pictures mark."""
    marks: dict[int, list[str]] = {step: [] for step in (length // 4, length // 2, 3 * length // 4)}
    named = {"first update": 0, **report.marks(schedule, length), "last update": length - 1, "after it": length}
    for name, step in named.items():
        marks.setdefault(step, []).append(name)
    table = Table()
    table.add_column("step", justify="right")
    table.add_column("rate", justify="right")
    table.add_column("")
    for step in sorted(marks):
        table.add_row(f"{step}", f"{schedule(step):.6g}", ", ".join(marks[step]))
    return table


def _draw(schedules: dict[str, Schedule], length: int, out: Path) -> None:
    """A picture, as a whole file or none."""
    if out.suffix.lower() not in (".png", ".pdf", ".svg"):
        raise Refused(f"out must end in .png, .pdf or .svg, got {out}.")
    figure = report.plot_schedules(schedules, length)
    with writing(out, noun="file"):
        out.parent.mkdir(parents=True, exist_ok=True)
        with whole(out) as (partial,):
            figure.savefig(partial)
