"""A sweep in few lines: its best settings, as plain data, as text and as HTML."""

from html import escape
from typing import Any

import numpy as np

from lropt_jax._core.spelling import cell, with_spread


def summary(found: Any) -> list[dict[str, Any]]:
    """A plain dict per optimizer of a `Sweep`."""
    rows = []
    for name in found.optimizers:
        row: dict[str, Any] = {"optimizer": name, "rate": None, "values": {}, "validation": None, "test": None}
        row["metrics"] = {}
        if found.choices(name):
            best = found.best(name)
            row |= {"rate": best.rate, "values": dict(best.values), "validation": found.shown(best, "validation")}
            row["test"] = None if np.isnan(best.test) else found.shown(best, "test")
            row["metrics"] = {metric: (mean, best.metric_spreads[metric]) for metric, mean in best.metrics.items()}
        lanes = int(np.sum(found.optimizer == name))
        rows.append({**row, "width": found.width(name), "diverged": found.diverged(name), "lanes": lanes})
    return rows


def said(found: Any) -> str:
    """A row of text per optimizer, and what the seeds cannot tell apart."""
    rows = _cells(found)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    aligned = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    head = f"Sweep of {found.problem}: {len(found.rate)} lanes x {found.steps} steps"
    return "\n".join([head, *map("  ".join, aligned), *_ties(found)])


def as_table(found: Any) -> str:
    """The same as HTML."""
    head, *body = [f"<tr><td>{'</td><td>'.join(map(escape, row))}</td></tr>" for row in _cells(found)]
    foot = "".join(f"<p>{escape(line)}</p>" for line in _ties(found))
    name = escape(found.problem)
    return f"<table><caption>{name}</caption><thead>{head}</thead><tbody>{''.join(body)}</tbody></table>{foot}"


def _cells(found: Any) -> list[list[str]]:
    names, metrics = list(found.values), list(found.metrics)
    held = [found.units[name][0] for name in ("validation", "test")]
    rows = [["optimizer", "rate", *names, *held, *metrics, "decades", "diverged"]]
    for row in found.summary():
        values = [cell(row["values"].get(name)) for name in names]
        results = [row["validation"], row["test"], *(row["metrics"].get(name) for name in metrics)]
        held_out = [with_spread(result) for result in results]
        lost = f"{row['diverged']}/{row['lanes']}"
        rows.append([row["optimizer"], cell(row["rate"]), *values, *held_out, f"{row['width']:.1f}", lost])
    return rows


def _ties(found: Any) -> list[str]:
    """What several seeds cannot tell apart, in a line."""
    said = found.undecided() if found.survivors and found.best().seeds > 1 else ""
    return [said] if said else []
