"""Events in which the loss stands still, or the curvature does."""

import numpy as np

from lropt_jax.diagnostics._departures import fall
from lropt_jax.diagnostics._event import Event, figure
from lropt_jax.diagnostics._rows import Rows

_LEAST = 6  # rows that a standstill must last
_STILL = 0.02  # of the fall of the loss: less is no progress
_AGREE = 0.05  # cosine of successive gradients; on a floor of noise it is not positive (Pflug 1988)
_EDGE = 0.2  # how far from the limit the curvature may be on the edge of stability


def edge(rows: Rows) -> list[Event]:
    """Where the curvature stays at the limit: for five rows, and for a fifth of them all."""
    near = np.abs(rows.steepness - 1) <= _EDGE
    start, last = _longest(near)
    if last - start < max(5, len(rows) // 5):
        return []
    low, high = np.min(rows.steepness[start:last]), np.max(rows.steepness[start:last])
    until = f"until step {rows.step[last - 1]:.0f}"
    text = f"the curvature is {figure(low)} to {figure(high)} times the limit {until}"
    return [Event(int(rows.step[start]), "edge of stability", text)]


def standstill(rows: Rows) -> list[Event]:
    """A plateau or the floor of noise at the end of the record, from where on it is level."""
    place = level_from(rows)
    if place is None:
        return []
    cosine = rows.middle("cosine_grads", place) if _noisy(rows, place) else 1.0
    floor = not cosine > _AGREE
    level = np.mean(rows.level[place:])
    text = f"the loss is level at {figure(level)}, with noise of {figure(noise(rows, place))}"
    if np.isfinite(cosine) and _noisy(rows, place):
        text += f"; successive gradients have a cosine of {figure(cosine)}"
    return [Event(int(rows.step[place]), "noise floor" if floor else "plateau", text)]


def level_from(rows: Rows) -> int | None:
    """The row from which on the loss is level to the end: quarters that differ by noise alone, and by 2% at most.

    None: it is not level, or not for a third of the rows.
    """
    least = max(_LEAST, len(rows) // 3)
    for place in range(len(rows) - least + 1):
        tail = rows.level[place:]
        if not np.isfinite(tail).all():
            continue
        means = [np.mean(quarter) for quarter in np.array_split(tail, 4)]
        error = 2 * np.std(tail) / np.sqrt(len(tail))  # of the mean of a quarter
        drift = max(means) - min(means)
        allowed = max(_STILL * fall(rows), 1e-6 * abs(np.mean(tail)))
        if drift <= max(allowed / 4, min(4 * error, allowed + error)):
            return place
    return None


def noise(rows: Rows, place: int = 0) -> float:
    """The noise of the loss from step to step where rows know it, else from row to row."""
    known = rows.column("value_std")[place:]
    known = known[np.isfinite(known)]
    return float(np.median(known)) if len(known) else rows.spread


def _noisy(rows: Rows, place: int) -> bool:
    return noise(rows, place) > 1e-3 * max(fall(rows), 1e-12)


def _longest(true: np.ndarray) -> tuple[int, int]:
    """The first and the last place, excluded, of the longest stretch of true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], true, [False]]).astype(int)))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return 0, 0
    place = int(np.argmax(ends - starts))
    return int(starts[place]), int(ends[place])
