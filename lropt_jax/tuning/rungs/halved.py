"""What successive halving found."""

from dataclasses import dataclass
from typing import Any

from lropt_jax._core.showing import Found
from lropt_jax.tuning.choices import Choice
from lropt_jax.tuning.result import Sweep


@dataclass(frozen=True)
class Halving(Found):
    """All rungs of successive halving.

    Attributes:
        rungs: What each rung found, the shortest first.
        cost: Steps of all lanes, over those of one full run. Work on diverged lanes counts as far as it was done.
    """

    rungs: tuple[Sweep, ...]
    cost: float

    @property
    def coarse(self) -> Sweep:
        """The first rung, with all rates."""
        return self.rungs[0]

    @property
    def last(self) -> Sweep:
        """The rung that decides: the last one on which a rate ended well."""
        return next((rung for rung in reversed(self.rungs) if rung.survivors), self.coarse)

    @property
    def edge(self) -> str | None:
        """Whether the rate to use is the `"smallest"` or the `"largest"` of all that were tried. None: neither."""
        best = self.best()
        tried = self.coarse.rate[self.coarse.optimizer == best.optimizer]
        ends = {} if tried.min() == tried.max() else {tried.min(): "smallest", tried.max(): "largest"}
        return ends.get(best.rate)

    @property
    def finished(self) -> bool:
        """False where Ctrl-C ended the search early."""
        return all(rung.finished for rung in self.rungs)

    def best(self, optimizer: str | None = None) -> Choice:
        """The rate to use, see `Sweep.best`."""
        return self.last.best(optimizer)

    def to_records(self) -> list[dict[str, Any]]:
        """A plain dict per lane and rung: `rung`, counted from 1, its `steps`, and what `Sweep` has."""
        return [
            {"rung": place, "steps": rung.steps, **record}
            for place, rung in enumerate(self.rungs, 1)
            for record in rung.to_records()
        ]

    def __repr__(self) -> str:
        rungs = [f"rung {place}: {rung!r}" for place, rung in enumerate(self.rungs, 1)]
        return "\n".join([*rungs, f"cost {self.cost:.2f} x one run of {self.rungs[-1].steps} steps"])

    def as_table(self) -> str:
        """The table of every rung in HTML."""
        return "".join(rung.as_table() for rung in self.rungs)
