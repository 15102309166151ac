"""What the curves of a sweep say: the verdict on a choice, and what diverged lanes died of."""

from typing import Any

import numpy as np

from lropt_jax._core.values import Schedule
from lropt_jax.diagnostics import diagnose

_LEAST = 8  # points of a curve; fewer say nothing


def verdict_of(found: Any, choice: Any) -> str:
    """The verdict on a choice of a `Sweep`, from its mean curve. Empty: it cannot say, or the value is no loss."""
    mine = found.alike(choice) & (found.rate == choice.rate)
    record = _record(found, mine, getattr(choice.tx, "learning_rate", None))
    if found.value != "loss" or len(record["step"]) < _LEAST:
        return ""
    verdict = diagnose(record).verdict
    return "" if verdict == "cannot say" else verdict


def deaths_of(found: Any, optimizer: str) -> str:
    """A sentence on the lanes of an optimizer of a `Sweep` that diverged: since when. Empty: there are none."""
    lanes = np.flatnonzero((found.optimizer == optimizer) & (found.status == "diverged"))
    lost = [(step, found.rate[lane]) for lane in lanes.tolist() if (step := _lost(found, lane)) is not None]
    said = []
    if lost:
        step, rate = min(lost)
        since = f"not finite, the first from step {step} of {found.steps} on at rate {rate:.3g}"
        said.append(f"{len(lost)} {'lane' if len(lost) == 1 else 'lanes'} {since}")
    if len(lanes) > len(lost):
        said.append(f"{len(lanes) - len(lost)} ended over the start")
    return f"{optimizer}: {'; '.join(said)}" if said else ""


def _lost(found: Any, lane: int) -> int | None:
    """The step from which on the watched value of a lane is not finite. None: it stayed finite."""
    curve = found.curve[lane]
    shares = np.arange(found.steps) * len(curve) // found.steps  # of the steps; a share of a short run may hold none
    bad = np.flatnonzero(~np.isfinite(curve[shares]))
    return int(bad[0]) if len(bad) else None


def _record(found: Any, mine: np.ndarray, learning_rate: Any) -> dict[str, np.ndarray]:
    """The mean curve of some lanes as a record, with the rates of the steps where a schedule is known."""
    curve = np.mean(found.curve[mine], axis=0)
    step = ((np.arange(len(curve)) + 0.5) * found.steps / len(curve)).astype(int)
    some = np.isfinite(curve)
    step, curve = step[some], curve[some]
    constant = np.full(len(step), found.rate[mine][0])
    rate = np.asarray(learning_rate(step), float) if isinstance(learning_rate, Schedule) else constant
    kept = np.flatnonzero(np.diff(step, prepend=-1) > 0)  # a share of a short run may hold no step of its own
    return {"step": step[kept], "rate": rate[kept], "value": curve[kept]}
