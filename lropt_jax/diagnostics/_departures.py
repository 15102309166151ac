"""Events in which the loss goes up, or is about to."""

import numpy as np

from lropt_jax.diagnostics._event import Event, figure
from lropt_jax.diagnostics._rows import Rows

_BACK = 5  # rows whose median is the level before a rise
_NOISES = 6.0  # standard deviations of noise that a rise must have
_SHARE = 0.1  # of the fall of the loss that a rise must have
_OVER = 0.05  # of the fall: over its start by so much is no noise of the first batches
_UNSTABLE = 1.1  # curvature over the limit; on the edge of stability it stays below


def divergence(rows: Rows) -> list[Event]:
    """Where the loss left for good: over its start to the end, or not finite to the end."""
    lost = first_lost(rows)
    over = _stays(over_start(rows) | ~_known(rows))
    place = over if over < len(rows) and over_start(rows)[over:].any() else lost
    if place is None or place >= len(rows):
        return []
    said = []
    if over_start(rows)[place]:
        said.append(f"the loss is over its start, {figure(rows.level[place])} against {figure(rows.start)}")
    if lost is not None:
        bad = bool(rows.column("nonfinite")[lost] > 0 and np.isfinite(rows.level[lost]))
        what = "gradients are" if bad else "loss is" if place == lost else "it is"
        said.append(f"{'the ' * (place == lost or bad)}{what} not finite from step {rows.step[lost]:.0f} on")
    return [Event(int(rows.step[place]), "divergence", ", and ".join(said))]


def bad_gradients(rows: Rows) -> list[Event]:
    """Where gradients held NaN or infinity in a run that went on."""
    share, lost = rows.column("nonfinite"), first_lost(rows)
    places = np.flatnonzero(share[: len(rows) if lost is None else lost] > 0)
    if not len(places):
        return []
    most = f"{100 * np.max(share[places]):.3g}% of a gradient"
    text = f"NaN or infinity in {len(places)} rows, in up to {most}; the run went on"
    return [Event(int(rows.step[places[0]]), "bad gradients", text)]


def rises(rows: Rows) -> list[Event]:
    """Spikes and catapults: stretches in which the loss stands over its level before, and comes back."""
    found, place = [], 1
    while place < len(rows):
        before = float(np.median(rows.level[max(0, place - _BACK) : place]))
        limit = before + max(_NOISES * rows.spread, _SHARE * fall(rows))
        if not rows.level[place] > limit:
            place += 1
            continue
        back = place + int(np.argmax(np.append(rows.level[place:] <= (before + limit) / 2, True)))
        if back < len(rows):
            found.append(_rise(rows, place, back, before))
        place = back + 1
    return found


def precursor(rows: Rows) -> list[Event]:
    """Where the curvature is over the limit in two rows, before the loss has risen."""
    over = rows.steepness > _UNSTABLE
    for place in np.flatnonzero(over[:-1] & over[1:]):
        before = rows.level[max(0, place - _BACK) : place + 1]
        risen = rows.level[place] > np.median(before) + max(_NOISES * rows.spread, _SHARE * fall(rows))
        if not np.isfinite(rows.level[place]) or risen:
            continue
        times = f"the curvature is {figure(rows.steepness[place])} times the limit, and the loss has not risen"
        return [Event(int(rows.step[place]), "precursor", times)]
    return []


def first_lost(rows: Rows) -> int | None:
    """The row from which on the loss or the gradients are not finite to the end."""
    bad = (~np.isfinite(rows.level) & _given(rows)) | (rows.column("nonfinite") > 0)
    place = _stays(bad)
    return place if place < len(rows) else None


def over_start(rows: Rows) -> np.ndarray:
    """Where the loss is over its start, by more than the noise of rows and 5% of its fall, (rows,)."""
    return rows.level > rows.start + max(4 * rows.spread, _OVER * fall(rows))


def fall(rows: Rows) -> float:
    """How far the loss fell from its start to its lowest."""
    finite = rows.level[np.isfinite(rows.level)]
    return max(rows.start - float(finite.min()), 0.0) if len(finite) else 0.0


def _rise(rows: Rows, place: int, back: int, before: float) -> Event:
    top = float(np.max(rows.level[place:back]))
    text = f"the loss rose from {figure(before)} to {figure(top)}, and was back at step {rows.step[back]:.0f}"
    flatter = rows.steepness[back] < 0.9 * rows.steepness[place - 1]
    first = over_start(rows)[place:back].any() and place <= max(3, len(rows) // 10)
    known = np.isfinite(rows.steepness[[place - 1, back]]).all()
    if flatter or (first and not known):
        curved = (
            f"; the curvature fell from {figure(rows.steepness[place - 1])} to {figure(rows.steepness[back])} limits"
        )
        return Event(int(rows.step[place]), "catapult", text + curved * bool(known))
    return Event(int(rows.step[place]), "spike", text)


def _given(rows: Rows) -> np.ndarray:
    """Rows after one whose loss is known: a column of NaN alone says that nobody gave the loss."""
    return np.cumsum(np.isfinite(rows.level)) > 0


def _known(rows: Rows) -> np.ndarray:
    return np.isfinite(rows.level) | ~_given(rows)


def _stays(true: np.ndarray) -> int:
    """The first place from which on all are true; the length where the last is not."""
    false = np.flatnonzero(~true)
    return int(false[-1]) + 1 if len(false) else 0
