"""The trials of a study: which point each one is, which of them count, and which points are missing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lropt_jax._core.numbers import real
from lropt_jax.tuning.engine import Outcome

SAMPLER = "sampler"  # who chose the rate of a trial; the grid's trials say "grid"
VOID = ("twice", "beyond")  # states of trials that did not run, because another one counts in their place
ENDED = ("COMPLETE", "PRUNED")
LIVE = ("WAITING", "RUNNING", *ENDED)


class Point(NamedTuple):
    """One run to make."""

    optimizer: str
    rate: float
    seed: int


@dataclass(frozen=True)
class Trials:
    """The trials of a study as they stand, by number.

    At most one trial counts for a point: the one with the lowest number of those that did not fail. So whoever reads
    the same trials comes to the same answer, and no worker has to be in charge.
    """

    trials: Sequence[Any]
    grid: Sequence[tuple[str, float]]
    seeds: Sequence[int]
    sampled: int  # rates that the sampler chooses

    @property
    def holders(self) -> dict[Point, Any]:
        """The trial that counts for each point."""
        holders: dict[Point, Any] = {}
        for trial in self.trials:
            point = point_of(trial)
            if point is not None and trial.state.name in LIVE:
                holders.setdefault(point, trial)
        return holders

    @property
    def chosen(self) -> list[tuple[str, float] | int]:
        """The sampler's optimizers and rates, first come first; a number in place of a rate that is being chosen."""
        chosen: dict[tuple[str, float] | int, None] = {}
        for trial in self.trials:
            point, said = point_of(trial), trial.user_attrs
            if point is None and trial.state.name == "RUNNING":
                chosen[trial.number] = None
            elif point is not None and said.get("by") == SAMPLER and said.get("status") not in VOID:
                chosen[point[:2]] = None
        return list(chosen)[: self.sampled]

    @property
    def wanted(self) -> list[Point]:
        """Every point that is known to be run, in the order of the grid, then of the sampler."""
        pairs = [*self.grid, *(pair for pair in self.chosen if isinstance(pair, tuple))]
        return [Point(*pair, seed) for pair in pairs for seed in self.seeds]

    @property
    def finished(self) -> bool:
        """Whether every point has been run."""
        rates = [pair for pair in self.chosen if isinstance(pair, tuple)]
        holders = self.holders
        ran = all(point in holders and holders[point].state.name in ENDED for point in self.wanted)
        return ran and len(rates) == self.sampled

    def counts(self, trial: Any) -> str | None:
        """None: a trial counts. Otherwise why not: its point is another trial's, or beyond what was asked for."""
        point = point_of(trial)
        assert point is not None
        if self.holders[point].number != trial.number:
            return "twice"
        return None if point in self.wanted else "beyond"


def point_of(trial: Any) -> Point | None:
    """The run that a trial stands for. None: its rate is not chosen yet, or it is not of this library."""
    said = {**trial.params, **trial.user_attrs}
    if not {"optimizer", "rate", "seed"} <= said.keys():
        return None
    return Point(said["optimizer"], said["rate"], said["seed"])


def outcome_of(trial: Any) -> Outcome:
    """How a trial ended, as it was told."""
    said, kind = trial.user_attrs, real(0).dtype
    start, *curve = (_number(value) for value in said["start and curve"])
    validation, test = (_number(said[name]) for name in ("validation", "test"))
    start, validation, test = np.array([start, validation, test], kind)
    metrics = {name: _number(value) for name, value in said.get("metrics", {}).items()}
    return Outcome(said["status"], start, validation, test, np.array(curve, kind), metrics)


def told(outcome: Outcome) -> dict[str, Any]:
    """An outcome as attributes of a trial: plain numbers, and None for NaN."""
    metrics = {name: _plain(value) for name, value in outcome.metrics.items()}
    return {
        **({"metrics": metrics} if metrics else {}),
        "validation": _plain(outcome.validation),
        "test": _plain(outcome.test),
        "start and curve": [_plain(value) for value in (outcome.start, *outcome.curve)],  # each attribute is a write
        "status": outcome.status,
    }


def _plain(value: Any) -> float | str | None:
    number = float(value)
    return number if np.isfinite(number) else None if np.isnan(number) else repr(number)


def _number(value: Any) -> float:
    return np.nan if value is None else float(value)


def spread(pairs: Iterable[tuple[str, float]], seeds: Sequence[int]) -> list[Point]:
    """The points of optimizers and rates with every seed."""
    return [Point(*pair, seed) for pair in pairs for seed in seeds]
