"""Tables and sentences for people."""

import math
from typing import Any

import numpy as np

from lropt_jax._core.checking import checked
from lropt_jax._core.extras import require
from lropt_jax._core.spelling import cell, with_spread, worded
from lropt_jax.tuning import Halving, Sweep, Tuning


@checked
def tuning_table(found: Tuning) -> Any:
    """A rich table with a row per optimizer: its best setting, held-out results, the good range, what diverged.

    The best rate and the held-out results come from the pass that decides, with standard deviations over seeds. The
    width of the good range comes from the coarse pass, which has the whole grid. Diverged lanes are those of both.
    """
    table = require("rich.table").Table(show_edge=False)  # without an edge it fits into 80 columns
    text = require("rich.text").Text
    table.add_column("optimizer", overflow="fold")
    units = found.last.units
    names, metrics = list(found.coarse.values), list(found.last.metrics)
    for title in ("rate", *names, units["validation"][0], units["test"][0], *metrics, "decades", "diverged"):
        table.add_column(title, justify="right", overflow="fold")
    rows = {row["optimizer"]: row for row in found.last.summary()}
    passes = [found.coarse] if found.final is None else [found.coarse, found.final]
    for row in found.coarse.summary():
        name = row["optimizer"]
        diverged = sum(each.diverged(name) for each in passes)
        lanes = sum(int(np.sum(each.optimizer == name)) for each in passes)
        best = rows.get(name, row)
        setting = [best["rate"], *(best["values"].get(each) for each in names)]
        results = [best["validation"], best["test"], *(best["metrics"].get(each) for each in metrics)]
        held_out = [with_spread(result) for result in results]
        table.add_row(
            text(name), *(text(cell(item)) for item in setting), *held_out,
            f"{row['width']:.1f}", f"{diverged}/{lanes}",
        )  # fmt: skip
    meaning = "decades: width of the range of nearly as good rates; diverged: lanes of both passes"
    deaths = [each.deaths(name) for each in passes for name in each.optimizers]
    table.caption = text("\n".join([meaning, *filter(None, deaths)]))
    return table


def recommendation(found: Tuning, schedule: str) -> str:
    """Which rate to use, what it reached, and how far that can be trusted.

    That is Student's 95% interval of the mean over seeds, which other settings the seeds cannot tell from it, and
    whether it is at the edge of the rates tried.

    Args:
        found: What `tuning.tune` found.
        schedule: The name of the schedule in the sentence.
    """
    best = found.best()
    column = "validation" if np.isnan(best.test) else "test"
    setting = [f"a learning rate of {best.rate:.4g}", *worded(best.values)]
    over = f" over {best.seeds} seeds" if best.seeds > 1 else ""
    said = [
        f"Use {best.optimizer} with {' and '.join(setting)} ({schedule}, {found.last.steps} steps): "
        f"{found.last.units[column][0]} {with_spread(found.last.shown(best, column))}{over}.",
        _interval(found.last.shown(best, column)[0], getattr(best, f"{column}_interval")),
        found.last.undecided(),
        f"It is the {found.edge} rate that was tried." if found.edge else "",
    ]
    return " ".join(filter(None, said))


def _interval(mean: float, half: float) -> str:
    """What few seeds say of the mean of all. Nothing where there is but one, or they all agree."""
    if not half > 0:
        return ""
    digits = 2 + max(0, math.ceil(math.log10(abs(mean) / half))) if mean else 2
    return f"The mean is from {mean - half:.{digits}g} to {mean + half:.{digits}g} (95%)."


def advice(found: Sweep, grid: list[float]) -> str:
    """What to try next where no rate ended well with every seed.

    Args:
        found: The pass in which no rate survived.
        grid: The rates of that pass, ascending.
    """
    fault = found.engine.get("fault")
    if fault is not None:
        return f"No rate of {found.problem} ended well: {fault}."
    finite = found.rate[np.isfinite(found.validation)]
    largest = f"the largest rate that stayed finite is {finite.max():g}" if len(finite) else "none stayed finite"
    low = grid[0]
    return (
        f"No rate of {found.problem} ended well with every seed; {largest}. Try --rates {low / 1e4:.2g}:{low:.2g}:16."
    )


def budget(found: Tuning) -> str:
    """How the time was spent, and why lanes were run this way."""
    how = found.coarse.engine
    return (
        f"Budget: {spent(found)}. One program per optimizer, {how['lanes_per_program']} lane(s) in it, "
        f"{how['workers']} worker(s): {how['why']}."
    )


def spent(found: Tuning | Halving | Sweep) -> str:
    """The lanes, steps and seconds of each pass."""
    if isinstance(found, Sweep):
        return _spent("", found)
    if isinstance(found, Halving):
        return "; ".join(_spent(f"rung {place}: ", each) for place, each in enumerate(found.rungs, 1))
    return "; ".join(_spent(f"{name} pass ", each) for name, each in vars(found).items() if each is not None)


def _spent(name: str, found: Sweep) -> str:
    return f"{name}{len(found.rate)} lanes x {found.steps} steps in {found.engine['seconds']:.0f} s"
