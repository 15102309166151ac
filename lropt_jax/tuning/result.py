"""What a sweep found: chosen on validation data, reported on test data."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from lropt_jax._core.refusal import Refused, naming
from lropt_jax._core.showing import Found
from lropt_jax._core.values import Optimizer
from lropt_jax.tuning import files
from lropt_jax.tuning.choices import Choice, choices, said_of_ties
from lropt_jax.tuning.diagnosed import deaths_of, verdict_of
from lropt_jax.tuning.ranges import good_range
from lropt_jax.tuning.records import records, write_jsonl
from lropt_jax.tuning.summaries import as_table, said, summary


@dataclass(frozen=True, eq=False)
class Sweep(Found):
    """Every lane of a sweep: what was run, how it ended, and how it was run.

    Arrays have one entry per lane. Losses are as the problem has them: lower is better.

    Attributes:
        problem: The problem's name.
        score: The name of minus the loss, such as `"ELBO"`. None: people know the loss.
        value: What is watched along the run: a `"loss"`, or a `"monitor"`, which says nothing about the rate.
        chosen_by: The problem's criterion. Rates are chosen by `"validation"` data, else by the `"error"` against the
            known answer, else by the `"training"` loss.
        steps: Updates of each lane.
        optimizer: Names of the optimizers, (lanes,).
        rate: Learning rates, (lanes,).
        seed: Seeds, (lanes,).
        status: `"ok"`, `"diverged"` (a value was not finite, or the criterion ended above its start; the training loss
            is compared on 32 batches), `"unmoved"` (it ended where it began), `"stopped"` (Ctrl-C) or `"pruned"` (in a
            study), (lanes,). Values that are not finite in the first fiftieth of a run, before the first that is, count
            as none.
        start: The criterion before the first step, (lanes,). For the training loss: the first of `curve`.
        train: Mean of the watched value over the last fiftieth of the run, (lanes,).
        validation: The criterion at the end, (lanes,). For the training loss: `train`.
        test: The loss on test data at the end, (lanes,). NaN without test data.
        curve: Means of the watched value over equal shares of the run, (lanes, points).
        txs: The optimizers, one per lane. None: a file could not hold it.
        engine: How the lanes were run: `lanes_per_program`, `workers`, `structures`, `seconds`, `why`. Where no lane
            ended well because of the problem and not of the rates, `fault` says why.
        finished: False where Ctrl-C ended the sweep early.
        values: Values of the other arguments that were varied, by path, each (lanes,): numbers, or texts where one of
            them is no number. NaN or no text for an optimizer that does not vary it.
        metrics: The problem's metrics at the end, by name, each (lanes,): those of `Problem.metrics`, such as
            "validation accuracy", without the losses, which are above. Where the training loss decides, those of the
            loss itself, on the batches that judge a lane: "training accuracy". NaN for a lane that was not judged.
    """

    problem: str
    score: str | None
    value: str
    chosen_by: str
    steps: int
    optimizer: np.ndarray
    rate: np.ndarray
    seed: np.ndarray
    status: np.ndarray
    start: np.ndarray
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    curve: np.ndarray
    txs: Sequence[Optimizer | None]
    engine: dict[str, Any]
    finished: bool
    values: dict[str, np.ndarray] = field(default_factory=dict)
    metrics: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def optimizers(self) -> list[str]:
        """Names of the optimizers, in the order given."""
        return list(dict.fromkeys(self.optimizer.tolist()))

    @property
    def units(self) -> dict[str, tuple[str, int]]:
        """How people know `curve`, `validation` and `test`: a name such as "test ELBO", and 1 for a loss or -1."""
        sign, known = (-1, self.score) if self.score else (1, "loss")
        return {
            "curve": ("watched value", 1) if self.value == "monitor" else (f"training {known}", sign),
            "validation": ("error", 1) if self.chosen_by == "error" else (f"{self.chosen_by} {known}", sign),
            "test": (f"test {known}", sign),
        }

    @property
    def survivors(self) -> list[str]:
        """Names of the optimizers with a rate whose runs all ended well."""
        return [name for name in self.optimizers if self.choices(name)]

    def choices(self, optimizer: str) -> list[Choice]:
        """Every setting of an optimizer whose runs all ended well: rates ascend, for each of the other values."""
        return choices(self, optimizer)

    @naming("Sweep.best")
    def best(self, optimizer: str | None = None) -> Choice:
        """The rate with the lowest mean of the criterion, of one optimizer or of all.

        Raises:
            ValueError: No rate ended well with every seed, or the name is unknown.
        """
        if optimizer is not None and optimizer not in self.optimizers:
            raise Refused(f"optimizer must be one of {', '.join(self.optimizers)}, got {optimizer!r}.")
        ended_well = self._ended_well(optimizer)
        if not ended_well:
            remedy = self.engine.get("fault", "try smaller rates")
            raise Refused(f"no rate of {optimizer or 'any optimizer'} ended well; {remedy}.")
        return min(ended_well, key=lambda choice: choice.validation)

    @naming("Sweep.ties")
    def ties(self, optimizer: str | None = None) -> list[Choice]:
        """The settings that the seeds cannot tell from the best one, of one optimizer or of all, best first.

        A paired t-test at 5% compares each with the best. One seed tells nothing apart.

        Raises:
            ValueError: As `best`.
        """
        self.best(optimizer)  # which refuses where there is none
        best, *others = sorted(self._ended_well(optimizer), key=lambda choice: choice.validation)
        return [choice for choice in others if not choice.differs(best)]

    def undecided(self, optimizer: str | None = None) -> str:
        """A sentence of the ties: "0.0122 and 0.0182 cannot be told apart with 3 seeds." Empty where there are none."""
        return said_of_ties(self.best(optimizer), self.ties(optimizer))

    def _ended_well(self, optimizer: str | None) -> list[Choice]:
        return [choice for name in self.optimizers if optimizer in (None, name) for choice in self.choices(name)]

    def width(self, optimizer: str) -> float:
        """Decades of rate around an optimizer's best that are nearly as good.

        A rate is nearly as good where the criterion falls at least 95% as far from its start as at the best rate. The
        width reaches from the first to the last such rate around the best, without a worse one between them. From a
        start that is not finite every rate that ended well fell as far. The other values are those of the best.
        """
        if not self.choices(optimizer):
            return 0.0
        low, high = self.good(optimizer)
        return float(np.log10(high / low))

    def good(self, optimizer: str) -> tuple[float, float]:
        """The least and the largest rate of that range."""
        best = self.best(optimizer)
        mine = self.alike(best)
        ends = {choice.rate: choice.validation for choice in self.choices(optimizer) if choice.values == best.values}
        return good_range(np.unique(self.rate[mine]), ends, self.start[mine & (self.status == "ok")])

    def alike(self, choice: Choice) -> np.ndarray:
        """Which lanes have a choice's optimizer and other values, at any rate, (lanes,)."""
        mine = self.optimizer == choice.optimizer
        for name, item in choice.values.items():
            mine = mine & (self.values[name] == item)
        return mine

    def diverged(self, optimizer: str) -> int:
        """How many lanes of an optimizer diverged."""
        return int(np.sum((self.optimizer == optimizer) & (self.status == "diverged")))

    deaths = deaths_of
    verdict = verdict_of

    def to_records(self) -> list[dict[str, Any]]:
        """A plain dict per lane, for any table library: `pandas.DataFrame(sweep.to_records())`."""
        return records(self)

    def write_jsonl(self, path: Any) -> None:
        """Write the records as lines of JSON, a line for each lane: the whole file or none."""
        write_jsonl(self, path)

    def summary(self) -> list[dict[str, Any]]:
        """A plain dict per optimizer: its best setting, held-out results as people know them, width, diverged lanes."""
        return summary(self)

    def shown(self, choice: Choice, column: str) -> tuple[float, float]:
        """A choice's `"validation"` or `"test"` result as people know it, with its standard deviation."""
        return self.units[column][1] * getattr(choice, column), getattr(choice, f"{column}_spread")

    def save(self, path: Any) -> None:
        """Write `path`.json (names, settings) and `path`.npz (numbers): whole files or none, without pickle."""
        files.save(self, path)

    @classmethod
    @naming("Sweep.load")
    def load(cls, path: Any) -> Self:
        """Read what `save` wrote."""
        return cls(**files.load(cls, path))

    def __repr__(self) -> str:
        return said(self)

    def as_table(self) -> str:
        """A row of HTML per optimizer, without the picture."""
        return as_table(self)
