"""Grids of rates around the best first step of each optimizer."""

from collections.abc import Mapping

import jax
import numpy as np

from lropt_jax._core.refusal import Refused
from lropt_jax.problems import Problem
from lropt_jax.tuning.grid import log_rates
from lropt_jax.tuning.makers import Maker
from lropt_jax.tuning.peaks import Peaked
from lropt_jax.tuning.search import Search
from lropt_jax.tuning.training import Training

_DECADES = 2  # on each side of the best first step
_COUNT = 24


def centred(problem: Problem, named: Mapping[str, Maker], steps: int, seed: int) -> dict[str, list[float]]:
    """By optimizer, 24 rates over four decades around the rate whose first step lowers the loss most.

    It costs 8 steps an optimizer. On a convex domain no rate is above 1.
    """
    if problem.value != "loss":
        raise Refused(f'rates must be numbers where the value is a {problem.value}, got "auto".')
    limit = 1.0 if problem.domain == "convex" else np.inf
    grids = {}
    for name, make in named.items():
        first = make.constant if isinstance(make, Peaked) else make
        top = min(_center(Training(problem, steps, jax.random.key(seed)), first, limit) * 10**_DECADES, limit)
        grids[name] = list(log_rates(top / 10 ** (2 * _DECADES), top, _COUNT))
    return grids


def _center(training: Training, first: Maker, limit: float) -> float:
    return Search(training, lambda rate, steps: first(rate), first, limit).scale()[0]
