"""One setting of an optimizer and how its runs ended, over seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lropt_jax._core.spelling import worded
from lropt_jax._core.values import Optimizer
from lropt_jax.tuning import columns
from lropt_jax.tuning.intervals import half_width, told_apart

_MOST = 4  # settings that one sentence names


@dataclass(frozen=True)
class Choice:
    """A rate of an optimizer and how its runs ended: means over seeds, with standard deviations.

    Losses are as the problem has them: lower is better. `tx` is the optimizer, ready to use. It is None where the sweep
    comes from a file that could not hold it.

    Attributes:
        values: Values of the other arguments that were varied, by path.
        results: The criterion at the end, by seed.
        metrics: The problem's metrics at the end by name: means over seeds.
        metric_spreads: Their standard deviations.
    """

    optimizer: str
    rate: float
    validation: float
    validation_spread: float
    test: float
    test_spread: float
    seeds: int
    tx: Optimizer | None
    values: Mapping[str, columns.Plain] = field(default_factory=dict, hash=False)
    results: Mapping[int, float] = field(default_factory=dict, hash=False, repr=False)
    metrics: Mapping[str, float] = field(default_factory=dict, hash=False)
    metric_spreads: Mapping[str, float] = field(default_factory=dict, hash=False)

    @property
    def validation_interval(self) -> float:
        """Half the width of the 95% interval of the mean, by Student's t. NaN for one seed: it says nothing."""
        return half_width(self.validation_spread, self.seeds)

    @property
    def test_interval(self) -> float:
        """The same on test data."""
        return half_width(self.test_spread, self.seeds)

    @property
    def metric_intervals(self) -> dict[str, float]:
        """The same of each metric."""
        return {name: half_width(spread, self.seeds) for name, spread in self.metric_spreads.items()}

    @property
    def setting(self) -> str:
        """The rate and the other values in few characters."""
        others = ", ".join(worded(self.values))
        return f"{self.rate:.4g} ({others})" if others else f"{self.rate:.4g}"

    def differs(self, other: "Choice") -> bool:
        """Whether the seeds tell two settings apart: a paired t-test at 5% over the seeds that both have.

        The same seed gives both the same start and the same batches. One seed tells nothing apart.
        """
        return told_apart(self.results, other.results)


def choices(found: Any, optimizer: str) -> list[Choice]:
    """Every setting of an optimizer whose runs all ended well: rates in ascending order for each of the other values.

    Args:
        found: A `Sweep`.
        optimizer: The name of one of its optimizers.
    """
    settings: dict[Any, list[int]] = {}
    for place in np.flatnonzero(found.optimizer == optimizer).tolist():
        others = tuple(columns.row(found.values, place).items())
        settings.setdefault(others, []).append(place)
    return [
        _choice(found, optimizer, float(rate), dict(others), rows)
        for others, places in settings.items()
        for rate in np.unique(found.rate[places])
        if np.all(found.status[rows := np.array(places)[found.rate[places] == rate]] == "ok")
    ]


def _choice(found: Any, optimizer: str, rate: float, values: dict[str, columns.Plain], rows: np.ndarray) -> Choice:
    seeds, tx = found.seed[rows].tolist(), found.txs[rows[0]]
    validation, test = found.validation[rows], found.test[rows]
    results = dict(zip(seeds, validation.tolist(), strict=True))
    measured = {name: _mean_and_spread(column[rows]) for name, column in found.metrics.items()}
    means, spreads = ({name: pair[place] for name, pair in measured.items()} for place in (0, 1))
    return Choice(
        optimizer, rate, *_mean_and_spread(validation), *_mean_and_spread(test), len(rows), tx, values, results,
        means, spreads,
    )  # fmt: skip


def said_of_ties(best: Choice, ties: Sequence[Choice]) -> str:
    """A sentence: which settings few seeds cannot tell from the best one. Empty where there are none."""
    if not ties:
        return ""
    if best.seeds < 2:
        return "One seed tells no settings apart."
    several = len({choice.optimizer for choice in ties} | {best.optimizer}) > 1
    alike = [best, *ties]
    named = [f"{choice.optimizer} {choice.setting}" if several else choice.setting for choice in alike[:_MOST]]
    if len(alike) > _MOST:
        named[-1:] = [named[-1], f"{len(alike) - _MOST} more"]
    return f"{', '.join(named[:-1])} and {named[-1]} cannot be told apart with {best.seeds} seeds."


def _mean_and_spread(results: np.ndarray) -> tuple[float, float]:
    return float(results.mean()), float(np.std(results, ddof=1)) if len(results) > 1 else 0.0
