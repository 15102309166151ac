"""The range of rates that are nearly as good as the best."""

from collections.abc import Mapping

import numpy as np


def good_range(rates: np.ndarray, ends: Mapping[float, float], starts: np.ndarray) -> tuple[float, float]:
    """The least and the largest rate around the best in which the criterion falls at least 95% as far as at the best.

    Args:
        rates: All that were tried, ascending.
        ends: The criterion at the end, by rate, for the rates that ended well. At least one.
        starts: The criterion at the start of those runs. If their mean is not finite, each of them counts as good.
    """
    best, start = min(ends, key=lambda rate: ends[rate]), float(np.mean(starts))
    limit = ends[best] + 0.05 * max(start - ends[best], 0.0) if np.isfinite(start) else np.inf
    good = np.array([rate in ends and ends[rate] <= limit for rate in rates])
    place = int(np.flatnonzero(rates == best)[0])
    low = place - int(np.argmin(np.append(good[place::-1], False))) + 1
    high = place + int(np.argmin(np.append(good[place:], False))) - 1
    return float(rates[low]), float(rates[high])
