"""Short trials of a rate, and the rate that they point at."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Probe(NamedTuple):
    """One trial: so many steps at a rate, and the training loss on fixed batches afterwards."""

    stage: str  # "scale", "short" or "long"
    steps: int
    rate: float
    loss: float


def lowest(probes: Sequence[Probe]) -> int:
    """The place of the probe with the lowest loss. A loss that is not finite is above all others."""
    losses = [probe.loss if np.isfinite(probe.loss) else np.inf for probe in probes]
    return int(np.argmin(losses))


def at_an_end(probes: Sequence[Probe]) -> int:
    """-1 or 1 where the lowest loss is that of the smallest or largest rate, else 0. The rates must ascend."""
    place = lowest(probes)
    return (place == len(probes) - 1) - (place == 0)


def vertex(probes: Sequence[Probe]) -> float:
    """The rate at the lowest point of the parabola, in the logarithm of the rate, through the lowest probe and its
    neighbours. The lowest probe's own rate, where a neighbour is missing or its loss is not finite.

    Args:
        probes: With ascending rates.

    Returns:
        The rate.
    """
    place = lowest(probes)
    near = probes[max(place - 1, 0) : place + 2]
    if len(near) < 3 or not all(np.isfinite(probe.loss) for probe in near):
        return probes[place].rate
    logs = np.log([probe.rate for probe in near])
    below, middle, above = (probe.loss for probe in near)
    rising, falling = (above - middle) / (logs[2] - logs[1]), (middle - below) / (logs[1] - logs[0])
    if not rising > falling:  # three equal losses
        return near[1].rate
    center = (logs[0] + logs[1]) / 2 - falling * (logs[2] - logs[0]) / 2 / (rising - falling)
    return float(np.exp(center))
