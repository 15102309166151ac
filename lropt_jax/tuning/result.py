"""What a sweep found: chosen on validation data, reported on test data."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Self

import numpy as np

from lropt_jax._core.refusal import Refused, naming
from lropt_jax._core.showing import Found
from lropt_jax._core.spelling import with_spread
from lropt_jax._core.values import Optimizer
from lropt_jax.tuning import files
from lropt_jax.tuning.ranges import good_decades


@dataclass(frozen=True)
class Choice:
    """A rate of an optimizer and how its runs ended: means over seeds, with standard deviations.

    Losses are as the problem has them: lower is better. `tx` is the optimizer, ready to use. It is None where the sweep
    comes from a file that could not hold it.
    """

    optimizer: str
    rate: float
    validation: float
    validation_spread: float
    test: float
    test_spread: float
    seeds: int
    tx: Optimizer | None


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
            is compared on 32 batches), `"unmoved"` (it ended where it began) or `"stopped"` (Ctrl-C), (lanes,). Values
            that are not finite in the first fiftieth of a run, before the first that is, count as none.
        start: The criterion before the first step, (lanes,). For the training loss: the first of `curve`.
        train: Mean of the watched value over the last fiftieth of the run, (lanes,).
        validation: The criterion at the end, (lanes,). For the training loss: `train`.
        test: The loss on test data at the end, (lanes,). NaN without test data.
        curve: Means of the watched value over equal shares of the run, (lanes, points).
        txs: The optimizers, one per lane. None: a file could not hold it.
        engine: How the lanes were run: `lanes_per_program`, `workers`, `structures`, `seconds`, `why`. Where no lane
            ended well because of the problem and not of the rates, `fault` says why.
        finished: False where Ctrl-C ended the sweep early.
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
        """Every rate of an optimizer whose runs all ended well, in ascending order."""
        mine = self.optimizer == optimizer
        choices = []
        for rate in np.unique(self.rate[mine]):
            rows = np.flatnonzero(mine & (self.rate == rate))
            if np.all(self.status[rows] == "ok"):
                validation, test = _mean_and_spread(self.validation[rows]), _mean_and_spread(self.test[rows])
                choices.append(Choice(optimizer, float(rate), *validation, *test, len(rows), self.txs[rows[0]]))
        return choices

    @naming("Sweep.best")
    def best(self, optimizer: str | None = None) -> Choice:
        """The rate with the lowest mean of the criterion, of one optimizer or of all.

        Raises:
            ValueError: No rate ended well with every seed, or the name is unknown.
        """
        if optimizer is not None and optimizer not in self.optimizers:
            raise Refused(f"optimizer must be one of {', '.join(self.optimizers)}, got {optimizer!r}.")
        choices = [choice for name in self.optimizers if optimizer in (None, name) for choice in self.choices(name)]
        if not choices:
            remedy = self.engine.get("fault", "try smaller rates")
            raise Refused(f"no rate of {optimizer or 'any optimizer'} ended well; {remedy}.")
        return min(choices, key=lambda choice: choice.validation)

    def width(self, optimizer: str) -> float:
        """Decades of rate around an optimizer's best that are nearly as good.

        A rate is nearly as good where the criterion falls at least 95% as far from its start as at the best rate. The
        width reaches from the first to the last such rate around the best, without a worse one between them. From a
        start that is not finite every rate that ended well fell as far.
        """
        choices = {choice.rate: choice.validation for choice in self.choices(optimizer)}
        start = self.start[(self.optimizer == optimizer) & (self.status == "ok")]
        return good_decades(np.unique(self.rate[self.optimizer == optimizer]), choices, start) if choices else 0.0

    def diverged(self, optimizer: str) -> int:
        """How many lanes of an optimizer diverged."""
        return int(np.sum((self.optimizer == optimizer) & (self.status == "diverged")))

    def to_records(self) -> list[dict[str, Any]]:
        """A plain dict per lane, for any table library."""
        columns = {name: getattr(self, name).tolist() for name in files.array_fields(type(self)) if name != "curve"}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def summary(self) -> list[dict[str, Any]]:
        """A plain dict per optimizer: its best rate, held-out results as people know them, width, diverged lanes."""
        rows = []
        for name in self.optimizers:
            row: dict[str, Any] = {"optimizer": name, "rate": None, "validation": None, "test": None}
            if self.choices(name):
                best = self.best(name)
                row |= {"rate": best.rate, "validation": self.shown(best, "validation")}
                row["test"] = None if np.isnan(best.test) else self.shown(best, "test")
            lanes = int(np.sum(self.optimizer == name))
            rows.append({**row, "width": self.width(name), "diverged": self.diverged(name), "lanes": lanes})
        return rows

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
        rows = [f"Sweep of {self.problem}: {len(self.rate)} lanes x {self.steps} steps", *map("  ".join, self._cells())]
        return "\n".join(rows)

    def as_table(self) -> str:
        """A row of HTML per optimizer, without the picture."""
        head, *body = [f"<tr><td>{'</td><td>'.join(escape(c.strip()) for c in row)}</td></tr>" for row in self._cells()]
        name = escape(self.problem)
        return f"<table><caption>{name}</caption><thead>{head}</thead><tbody>{''.join(body)}</tbody></table>"

    def _cells(self) -> list[list[str]]:
        rows = [["optimizer", "rate", self.units["validation"][0], self.units["test"][0], "decades", "diverged"]]
        for row in self.summary():
            rate = "-" if row["rate"] is None else f"{row['rate']:.4g}"
            held_out = [with_spread(row[name]) for name in ("validation", "test")]
            rows.append([row["optimizer"], rate, *held_out, f"{row['width']:.1f}", f"{row['diverged']}/{row['lanes']}"])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]


def _mean_and_spread(results: np.ndarray) -> tuple[float, float]:
    return float(results.mean()), float(np.std(results, ddof=1)) if len(results) > 1 else 0.0
