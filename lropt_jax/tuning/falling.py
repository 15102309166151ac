"""What a curve of loss against rate says: where it ends, where it falls, and the rates that rules of thumb read off."""

from dataclasses import dataclass

import numpy as np

from lropt_jax.tuning.probes import Probe, vertex

_SURE = 4.0  # standard deviations of the noise, above which a fall is one
_EXACT = 1e-5  # of the loss at the start: a smaller fall may be rounding
_RETURN = 1 / 3  # of the fall: a rise that ends it
_NEAR = 0.1  # of the fall: what is nearly as low as the lowest of a rising run
_BEGUN = 0.1  # of the fall: where it begins


@dataclass(frozen=True, eq=False)
class Fall:
    """One curve, read.

    Attributes:
        end: How many points count, before the loss is not finite or far above its start.
        smooth: The smoothed loss, (points,). NaN from the end on.
        slope: Its derivative by the natural logarithm of the rate, (points,). NaN from the end on.
        low: The rate at which the loss begins to fall. None: it does not fall.
        high: The rate at which it is lowest. None: it does not fall.
        rates: By rule. Empty: it does not fall.
        reason: Why it does not fall. None: it does.
    """

    end: int
    smooth: np.ndarray
    slope: np.ndarray
    low: float | None = None
    high: float | None = None
    rates: dict[str, float] | None = None
    reason: str | None = None


def fall_of(rates: np.ndarray, losses: np.ndarray, smoothing: float, *, noisy: bool = True) -> Fall:
    """Read a curve of losses at ascending rates.

    `smoothing` is the width of a Gaussian in decades, 0 is none. `noisy`: each loss is that of another batch.
    """
    finite = _leading(np.isfinite(losses))
    lost = np.full(len(rates), np.nan)
    if finite < 3:
        said = "at the smallest rate" if finite == 0 else f"after {finite} points"
        return Fall(finite, lost, lost, reason=f"the loss is not finite {said}; take a smaller low")
    noise, many = (_noise(losses[:finite]), max(3, finite // 10)) if noisy else (0.0, 1)
    start = float(np.mean(losses[:many]))
    end = many + _leading(~_risen(losses[:finite], start, noise)[many:])
    if end < 3:
        return Fall(end, lost, lost, reason=_no_fall(0.0, start, noise, risen=True))
    logs, smooth, slope = np.log(rates[:end]), lost.copy(), lost.copy()
    smooth[:end], each = _smoothed(logs / np.log(10), losses[:end], smoothing)
    slope[:end] = np.gradient(smooth[:end], logs)
    lowest = _bottom(smooth[: _back(smooth[:end], start, noise * each)], start, _NEAR * noisy)
    fall = start - smooth[lowest]
    reason = _no_fall(fall, start, noise * np.hypot(each[lowest], many**-0.5), risen=end < len(rates))
    if reason is not None:
        return Fall(end, smooth, slope, reason=reason)
    begun = int(np.flatnonzero(smooth[: lowest + 1] >= start - _BEGUN * fall)[-1:].sum())
    known = _rules(rates[:end], smooth[:end], slope[:end], begun, lowest)
    return Fall(end, smooth, slope, float(rates[begun]), float(rates[lowest]), known)


def _rules(rates: np.ndarray, smooth: np.ndarray, slope: np.ndarray, begun: int, lowest: int) -> dict[str, float]:
    """The rates of the rules. The steepest place is looked for inside the fall: before it there is only noise."""
    near = slice(max(lowest - 1, 0), lowest + 2)
    bottom = vertex([Probe("", 0, *point) for point in zip(rates[near], smooth[near], strict=True)])
    steepest, bottom = rates[begun + np.argmin(slope[begun : lowest + 1])], np.clip(bottom, rates[0], rates[-1])
    return {
        "middle": float(np.sqrt(steepest * bottom)),
        "steepest": float(steepest),
        "valley": float(rates[_valley(smooth)]),
        "minimum": float(rates[lowest]) / 10,
        "lowest": float(bottom),
    }


def _leading(good: np.ndarray) -> int:
    """How many are true before the first that is not."""
    return int(np.argmin(np.append(good, False)))


def _noise(losses: np.ndarray) -> float:
    """The standard deviation of single losses, from second differences: a straight fall adds nothing to them."""
    return float(1.4826 * np.median(np.abs(np.diff(losses, 2))) / 6**0.5)


def _risen(losses: np.ndarray, start: float, noise: float) -> np.ndarray:
    """Where the loss is as far above its start as it fell below it, and farther than noise carries it."""
    fallen = np.maximum(start - np.minimum.accumulate(losses), 0)
    return losses - start > np.maximum(fallen, 2 * _SURE * noise + _EXACT * abs(start))


def _back(smooth: np.ndarray, start: float, noise: np.ndarray) -> int:
    """How many points there are until a loss that fell has come back by a third of its fall. Later it may fall again,
    by chance or because the parameters are lost.
    """
    bottom = np.minimum.accumulate(smooth)
    fell = start - bottom > np.maximum(_SURE * noise, _EXACT * abs(start))
    return _leading(~(fell & (smooth - bottom > _RETURN * (start - bottom) + _SURE * noise)))


def _bottom(smooth: np.ndarray, start: float, near: float) -> int:
    """The first place where the loss turns, of those that are nearly as low as the lowest: `near` of the fall above."""
    least = smooth.min()
    turns = np.append(smooth[:-1] <= smooth[1:], True)
    return int(np.argmax(turns & (smooth <= least + near * max(start - least, 0))))


def _smoothed(decades: np.ndarray, losses: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Lines fitted to the losses under a Gaussian around each rate, at that rate, and the share of a single loss's
    noise that is left there. A line, unlike a mean, shifts no fall and flattens no end.
    """
    if width == 0:
        return losses, np.ones(len(losses))
    apart = decades - decades[:, None]
    weights = np.exp(-((apart / width) ** 2) / 2)
    first, second = (weights * apart).sum(1), (weights * apart**2).sum(1)
    tilt = np.divide(first, second, out=np.zeros_like(first), where=second > 0)
    weights = weights * (1 - tilt[:, None] * apart)
    weights = weights / weights.sum(1, keepdims=True)
    return weights @ losses, np.sqrt((weights**2).sum(1))


def _no_fall(fall: float, start: float, noise: float, *, risen: bool) -> str | None:
    """Why a fall is none. None: it is one."""
    remedy = "take a smaller low" if risen else "take a larger high"
    if fall <= _EXACT * abs(start):
        how = "does not fall before it diverges" if risen else f"stays {start:.4g}"
        return f"the loss {how}; {remedy}"
    if fall <= _SURE * noise:
        return f"the loss falls by {fall:.2g}, and its noise is {noise:.2g}; take more steps or larger batches"
    return None


def _valley(smooth: np.ndarray) -> int:
    """The middle of the longest falling subsequence, as fast.ai takes it."""
    longest = np.ones(len(smooth), int)
    for place in range(1, len(smooth)):
        above = longest[:place][smooth[:place] > smooth[place]]
        longest[place] = 1 + above.max(initial=0)
    last = int(np.argmax(longest))
    first = max(last - int(longest[last]), 0)
    third = (last - first) / 3
    return first + int(third) + int(third / 2)
