"""Events of groups of parameters: those that do not move, and those that move at another pace."""

import numpy as np

from lropt_jax.diagnostics._event import Event, figure
from lropt_jax.diagnostics._rows import Rows

_DECADE = 10.0


def dead(rows: Rows) -> list[Event]:
    """Groups without a gradient, or without an update, for the last third of the rows and for three at least."""
    found: list[tuple[Event, str]] = []
    for column, missing in (("group_grad_norm", "gradient"), ("group_ratio", "update")):
        zero = rows.by_group(column) == 0
        for group, name in enumerate(rows.groups):
            still = len(rows) - int(np.argmin(np.append(zero[::-1, group], False)))
            if len(rows) - still >= max(3, len(rows) // 3) and name not in [event[1] for event in found]:
                text = f"{name} has no {missing} in {len(rows) - still} rows, up to the end"
                found.append((Event(int(rows.step[still]), "dead parameters", text), name))
    return [event for event, _ in found]


def off(rows: Rows) -> list[Event]:
    """Groups whose update over their size is a decade off that of the others, in the later half of the rows."""
    half = len(rows) // 2
    ratios = rows.by_group("group_ratio")[half:]
    pace = np.array([_middle(column) for column in ratios.T])
    found = []
    for group, name in enumerate(rows.groups):
        others = _middle(np.delete(pace, group))
        times = pace[group] / others
        if pace[group] > 0 and others > 0 and not 1 / _DECADE < times < _DECADE:
            text = f"{name} moves by {figure(pace[group])} of its size a step, the others by {figure(others)}"
            found.append(Event(int(rows.step[half]), "layer off", text))
    return found


def _middle(numbers: np.ndarray) -> float:
    """The median of the numbers that are known and not 0, of two the geometric mean; NaN if there is none."""
    some = numbers[np.isfinite(numbers) & (numbers > 0)]
    return float(np.exp(np.median(np.log(some)))) if len(some) else float("nan")
