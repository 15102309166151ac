"""A run that goes back and halves its rate where it leaves the loss worse than at its start."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import numpy as np

from lropt_jax._core.values import Optimizer
from lropt_jax.problems import Iterate
from lropt_jax.tuning.training import Training

_SLICES = 20
_HALVINGS = 30


class Guarded(NamedTuple):
    """How a guarded run ended."""

    at: Iterate
    values: jax.Array
    tx: Optimizer
    rate: float
    fired: tuple[int, ...]  # the steps to which it went back


def guarded(training: Training, make: Callable[[float], Optimizer], rate: float, start: float) -> Guarded:
    """Run all steps in 20 slices. A slice whose values are not finite, or end above `start`, is made again at half the
    rate.
    """
    fired: list[int] = []
    steps, tx = training.steps, make(rate)
    training.stage = "train", steps
    at, values = training.begin(tx)
    done = 0
    for until in np.unique(np.linspace(0, steps, _SLICES + 1).round().astype(int))[1:]:
        pieces = list(training.chunks(int(until - done)))
        while True:
            after, made = at, values
            for now, batches in pieces:
                after, made = training.run(tx, after, made, now, batches)
            mine = np.asarray(made[done:until])
            last = mine[-max(1, len(mine) // 4) :]
            if (np.isfinite(mine).all() and last.mean() <= start) or len(fired) == _HALVINGS:
                break
            fired.append(done)
            rate /= 2
            tx = make(rate)
        at, values, done = after, made, int(until)
        training.report(done)
    return Guarded(at, values, tx, rate, tuple(fired))
