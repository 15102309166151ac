"""Grids whose best rate is at an edge, and how they go on beyond it."""

import dataclasses
from typing import Any

import numpy as np

from lropt_jax.tuning import columns, files
from lropt_jax.tuning.result import Sweep


def beyond(found: Sweep, largest: float) -> dict[str, list[float]]:
    """Rates by optimizer that go on beyond the edge at which its best rate is: a third as many, at least 2.

    They stand as far apart as the others do on average. None is above `largest`. An optimizer whose best rate is
    inside its grid is left out.
    """
    rates = {}
    for name in found.survivors:
        chosen = found.best(name)
        grid, best = np.unique(found.rate[found.alike(chosen)]), chosen.rate
        if len(grid) > 1 and best in (grid[0], grid[-1]):
            ratio = (grid[-1] / grid[0]) ** (1 / (len(grid) - 1))
            steps = np.arange(1, max(2, round(len(grid) / 3)) + 1) * (1 if best == grid[-1] else -1)
            more = [float(f"{rate:.4g}") for rate in best * ratio**steps]
            rates[name] = [rate for rate in more if 0 < rate <= largest and rate not in grid]
    return {name: more for name, more in rates.items() if more}


def joined(first: Sweep, more: Sweep) -> Sweep:
    """One sweep of the lanes of two. `engine` is that of the first; its `seconds` are those of both."""
    names = files.array_fields(type(first))
    arrays: dict[str, Any] = {name: np.concatenate([getattr(first, name), getattr(more, name)]) for name in names}
    seconds = round(first.engine["seconds"] + more.engine["seconds"], 2)
    return dataclasses.replace(
        first,
        **arrays,
        txs=[*first.txs, *more.txs],
        engine={**first.engine, "seconds": seconds},
        finished=first.finished and more.finished,
        values=columns.joined(first.values, more.values, (len(first.rate), len(more.rate))),
        metrics=columns.joined(first.metrics, more.metrics, (len(first.rate), len(more.rate))),
    )
