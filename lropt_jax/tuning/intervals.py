"""What few seeds can tell: intervals of means, and whether two settings differ."""

import functools
import math
from collections.abc import Mapping

import numpy as np

SURE = 0.95  # how often an interval holds the mean


def half_width(spread: float, seeds: int) -> float:
    """Half the width of Student's 95% interval of a mean over seeds, from their standard deviation. NaN for one seed.

    That one says nothing of the others.
    """
    return quantile(seeds - 1) * spread / math.sqrt(seeds) if seeds > 1 else math.nan


def told_apart(first: Mapping[int, float], second: Mapping[int, float]) -> bool:
    """Whether the means of two settings differ, from their results by seed: a paired t-test at 5%.

    The same seed gives both settings the same start and the same batches. So their difference varies less over seeds
    than each of them does.
    """
    differences = np.array([first[seed] - second[seed] for seed in first.keys() & second.keys()])
    if len(differences) < 2:
        return False
    return bool(abs(differences.mean()) > half_width(float(np.std(differences, ddof=1)), len(differences)))


@functools.cache
def quantile(freedom: int) -> float:
    """How many standard errors of a mean its 95% interval reaches to each side, at so many degrees of freedom."""
    low, high = 0.0, math.pi / 2  # t = sqrt(freedom) tan(angle)
    for _ in range(60):
        angle = (low + high) / 2
        low, high = (angle, high) if _inside(angle, freedom) < SURE else (low, angle)
    return math.sqrt(freedom) * math.tan((low + high) / 2)


def _inside(angle: float, freedom: int) -> float:
    """The probability of |T| <= sqrt(freedom) tan(angle): Abramowitz and Stegun (1964), 26.7.3 and 26.7.4."""
    cosine, odd = math.cos(angle), freedom % 2
    term, total = cosine if odd else 1.0, 0.0
    for place in range(1 + odd, freedom, 2):
        total += term
        term *= cosine**2 * place / (place + 1)
    total *= math.sin(angle)
    return 2 / math.pi * (angle + total) if odd else total
