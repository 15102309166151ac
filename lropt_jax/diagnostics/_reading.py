"""The rules of a verdict on a record alone."""

import numpy as np

from lropt_jax.diagnostics._departures import divergence, fall
from lropt_jax.diagnostics._event import figure
from lropt_jax.diagnostics._rows import LEAST, Rows
from lropt_jax.diagnostics._standstills import level_from, noise, standstill
from lropt_jax.diagnostics.diagnosis import Judgement

_OVER = 0.2  # of the gain: the loss is over its start by no noise
_NOISES = 4.0  # standard deviations of the noise of rows
_SLOW = 0.3  # of the gain, in the second half: the run has hardly begun
_DONE = 0.12  # of the gain, in the second half: little is missing
_DOWN = 0.1  # of the peak: a rate that has come down
_NOTHING = 0.02  # of the gain
_MUCH = 0.05  # of the gain, as in `Sweep.width`


def read(rows: Rows) -> Judgement:
    """The verdict on a run of which only the record is there."""
    found = _lost(rows)
    rows = rows.known()
    for rule in (_over, _decayed, _level, _paced) if len(rows) >= LEAST else ():
        found = found or rule(rows)
    if found is not None:
        return found
    if len(rows) < LEAST:
        said = f"the loss is known and finite in {len(rows)} rows"
        return Judgement("cannot say", (said,), "give the loss to each update: tx.update(..., value=loss)")
    said = f"the second half of the record brought {_percent(_second_half(rows) / _gain(rows))} of the gain"
    return Judgement("cannot say", (said,), "give the problem: diagnose(problem, tx) tries other rates from there")


def _lost(rows: Rows) -> Judgement | None:
    found = divergence(rows)
    infinite = np.flatnonzero(np.isinf(rows.level))
    if not found and len(infinite):
        said = f"the loss was infinite at step {rows.step[infinite[0]]:.0f}"
        return Judgement("too high", (said,), f"take a quarter of it{_of(rows, 0.25)}, or let it rise from 0")
    if not found:
        return None
    said = f"from step {found[0].step} on, {found[0].evidence}"
    return Judgement("too high", (said,), f"take a quarter of it{_of(rows, 0.25)}, or let it rise from 0")


def _over(rows: Rows) -> Judgement | None:
    """The loss was over its start, whether it came back or not."""
    smooth = np.convolve(rows.level, np.ones(3) / 3, "valid")
    place = int(np.argmax(smooth))
    if not smooth[place] > rows.start + max(_NOISES * rows.spread, _OVER * max(_gain(rows), 0.0)):
        return None
    said = (
        f"the loss was {figure(smooth[place])} at step {rows.step[place + 1]:.0f}, over its start, {figure(rows.start)}"
    )
    return Judgement("too high", (said,), f"halve it{_of(rows, 0.5)}, or let it rise from 0")


def _decayed(rows: Rows) -> Judgement | None:
    """Whether the rate came down too early or too late, where it came down at all."""
    peak = int(np.argmax(rows.rate))
    return _too_early(rows, peak) or _too_late(rows, peak)


def _too_early(rows: Rows, peak: int) -> Judgement | None:
    """The loss stands still since the rate is low, and fell until it was."""
    half, down = (_falls_below(rows, peak, share) for share in (0.5, _DOWN))
    if half is None or down is None or half < 4 or len(rows) - down < max(4, len(rows) // 5):
        return None
    then, now = _drop(rows, max(0, half - (len(rows) - down)), half), _drop(rows, down, len(rows) - 1)
    if not then > _MUCH * fall(rows) or not now < _NOTHING * fall(rows):
        return None
    said = (
        f"the rate is below a tenth of its peak from step {rows.step[down]:.0f} on, and the loss fell by "
        f"{figure(now)} since; it fell by {figure(then)} in as many steps before step {rows.step[half]:.0f}"
    )
    return Judgement("decays too early", (said,), "let the rate fall later, over the whole run")


def _too_late(rows: Rows, peak: int) -> Judgement | None:
    """The loss was level while the rate was high, and fell when it came down."""
    leaves = _falls_below(rows, peak, 0.9)
    flat = None if leaves is None or leaves < len(rows) // 2 else level_from(rows.until(leaves))
    if leaves is None or flat is None or _falls_below(rows, peak, 0.5) is None or leaves - flat < len(rows) // 3:
        return None
    level = float(np.mean(rows.level[flat:leaves]))
    after = level - float(np.min(rows.level[leaves:]))
    if not after > max(_MUCH * fall(rows), _NOISES * rows.spread):
        return None
    said = (
        f"the loss was level at {figure(level)} from step {rows.step[flat]:.0f} to {rows.step[leaves]:.0f}, and "
        f"fell by {figure(after)} when the rate came down"
    )
    return Judgement("decays too late", (said,), f"let the rate fall from step {rows.step[flat]:.0f} on")


def _level(rows: Rows) -> Judgement | None:
    """A loss that stands still at a rate that has not come down."""
    found = standstill(rows)
    if not found or not rows.rate[-1] > 0.5 * np.max(rows.rate):
        return None
    said = found[0].evidence
    if found[0].kind == "noise floor" and np.isfinite(rows.middle("cosine_grads")):
        since = f"the loss has been level with noise since step {found[0].step}"
        return Judgement("noise floor", (said,), f"average, or let the rate fall: {since}")
    if rows.middle("cosine_grads") > 0.5:
        return Judgement("too low", (said, "the steps are too short to leave"), f"take 4 times as much{_of(rows, 4)}")
    return None


def _paced(rows: Rows) -> Judgement | None:
    """How much of the gain the second half of the record brought."""
    gain, lately = _gain(rows), _second_half(rows)
    if not gain > 3 * max(rows.spread, noise(rows) / np.sqrt(len(rows))):
        said = f"the loss fell by {figure(gain)} from {figure(rows.start)}, with noise of {figure(rows.spread)} a row"
        return Judgement("too low", (said,), f"take 10 times as much{_of(rows, 10)}")
    said = f"the second half of the record brought {_percent(lately / gain)} of the gain"
    if lately > _SLOW * gain:
        return Judgement("too low", (said,), f"take 4 times as much{_of(rows, 4)}, if the run ends soon")
    return Judgement("fine", (said,), "keep it") if lately < _DONE * gain else None


def _gain(rows: Rows) -> float:
    return rows.start - float(np.mean(rows.level[len(rows) // 2 :]))


def _second_half(rows: Rows) -> float:
    quarter, half = len(rows) // 4, len(rows) // 2
    return float(np.mean(rows.level[quarter:half]) - np.mean(rows.level[half:]))


def _falls_below(rows: Rows, peak: int, share: float) -> int | None:
    """The first row after the peak from which on the rate stays below a share of it."""
    above = np.flatnonzero(rows.rate > share * rows.rate[peak])
    place = int(above[-1]) + 1 if len(above) else len(rows)
    return place if place < len(rows) else None


def _drop(rows: Rows, first: int, last: int) -> float:
    """How far the loss fell between two rows, by medians of three."""
    before, after = (float(np.median(rows.level[max(0, place - 1) : place + 2])) for place in (first, last))
    return before - after


def _percent(share: float) -> str:
    return f"{100 * share:.2g}%"


def _of(rows: Rows, times: float) -> str:
    rate = rows.rate[-1]
    return f": {figure(times * rate)}" if np.isfinite(rate) else ""
