"""The rate of one run from short runs of the same start: its scale first, then two rungs of probes."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from lropt_jax._core.refusal import Refused
from lropt_jax._core.trees import Tree
from lropt_jax._core.values import Optimizer
from lropt_jax.tuning.probes import Probe, at_an_end, lowest, vertex
from lropt_jax.tuning.training import Training

_SCALE = np.linspace(-7, 2, 19)  # decades of the rates of the first step
_STILL = 1e-3  # of the loss: a first step that raises it by less is short enough to begin with, if none lowers it
_FURTHER = 3  # times that this grid may go on below or above
_SHORT, _ALL = 0.008, 0.15  # shares of the run: a short probe, and all that is spent on finding the rate
_LEAST, _MOST = 75, 0.4  # steps: of a short run the share is larger, so that probes tell something
_STEP, _LONG_STEP = 0.5, 0.4  # decades between the rates of short and of long probes
_EXTRA = 6  # more short probes at most, while the best is at an end


@dataclass
class Search:
    """Finds the rate. `make(rate, steps)` makes the optimizer of a run, `first(rate)` one at a constant rate."""

    training: Training
    make: Callable[[float, int], Optimizer]
    first: Callable[[float], Optimizer]
    limit: float = np.inf  # no rate above it is tried
    calls: int = 1  # of the rule, for its first update
    probes: list[Probe] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)

    def find(self) -> tuple[float, int, float]:
        """The best rate of the longest probes, their length, and the loss at the start."""
        self.training.stage = "find", max(1, round(self.budget))
        center, before = self.scale()
        found = self.short(center)
        return *(self.long(*found) or found), before

    @property
    def budget(self) -> float:
        """What all the probes may cost, in steps."""
        return max(_ALL * self.training.steps, min(_LEAST, _MOST * self.training.steps))

    def scale(self) -> tuple[float, float]:
        """The rate whose first step lowers the loss most, and the loss before it."""
        before, probes, decades = np.inf, [], _SCALE
        for _ in range(1 + _FURTHER):
            rates = [float(rate) for rate in np.unique(np.minimum(10.0**decades, self.limit))]
            before, losses = self.training.first_steps([self.first(rate) for rate in rates], self.calls)
            probes += [Probe("scale", 1, rate, loss) for rate, loss in zip(rates, losses, strict=True)]
            probes.sort(key=lambda probe: probe.rate)
            still = all(probe.loss == before for probe in probes)  # the rates are too small to move the loss
            end = 1 if still else at_an_end(probes)
            if not end or (end > 0 and probes[-1].rate >= self.limit):
                break
            if end < 0 and all(0 <= probe.loss - before <= _STILL * abs(before) for probe in probes[:4]):
                break  # over two decades nothing moves; lower rates move it less
            decades = decades + end * 9.5
        self.probes += probes
        _check_scale(before, probes)
        if probes[lowest(probes)].loss >= before:
            self.flags.append("no first step lowers the loss, at any rate")
            rates = [probe.rate for probe in probes if probe.loss <= before + _STILL * abs(before)]
            return max(rates, default=vertex(probes)), before
        return vertex(probes), before

    def short(self, center: float) -> tuple[float, int]:
        """The best rate of short probes around it, and their length."""
        steps = max(3 * self.calls, round(_SHORT * self.training.steps))
        return self._around(center, "short", _STEP, steps, _EXTRA), steps

    def long(self, center: float, steps: int) -> tuple[float, int] | None:
        """The best rate of long probes around it, and their length. None: the budget is too small for them.

        Four fit into the budget. The fourth goes where the best of three is at an end.
        """
        left = self.budget - self.training.spent
        length = int(left / 4 - 4 / 3)
        if length < 2 * steps:
            self.flags.append(f"short run: no budget for probes longer than {steps} steps")
            return None
        return self._around(center, "long", _LONG_STEP, length, 1), length

    def _around(self, center: float, stage: str, decades: float, steps: int, extra: int) -> float:
        """The best rate of three probes around it, and of more while the best is at an end."""
        pieces, judged = list(self.training.chunks(steps)), self.training.batch()
        probes: list[Probe] = []

        def probe(place: int) -> None:
            rate = min(center * 10 ** (place * decades), self.limit)
            if all(rate != probe.rate for probe in probes):
                probes.append(self._probe(stage, rate, steps, pieces, judged))
                probes.sort(key=lambda probe: probe.rate)

        for place in (-1, 0, 1):
            probe(place)
        low, high = -1, 1
        for _ in range(extra):
            end = at_an_end(probes)
            if end < 0:
                low -= 1
                probe(low)
            elif end > 0 and probes[-1].rate < self.limit:
                high += 1
                probe(high)
            else:
                break
        self._keep(probes)
        return vertex(probes)

    def _probe(self, stage: str, rate: float, steps: int, pieces: list[tuple[int, Tree]], judged: Tree) -> Probe:
        tx = self.make(rate, steps)
        at = self.training.begin(tx)
        for now, batches in pieces:
            at = self.training.run(tx, *at, now, batches)
        return Probe(stage, steps, rate, self.training.loss(at[0], judged))

    def _keep(self, probes: list[Probe]) -> None:
        self.probes += probes
        end = at_an_end(probes)
        if end and not (end > 0 and probes[-1].rate >= self.limit):
            self.flags.append(f"the best of the {probes[0].stage} probes is the {'smallest' if end < 0 else 'largest'}")


def _check_scale(before: float, probes: list[Probe]) -> None:
    """Refuse where no rate can help."""
    losses = {probe.loss for probe in probes}
    if not np.isfinite(before) and not np.isfinite(list(losses)).any():
        raise Refused("problem must have a finite loss at its start; no rate can help.")
    if len(losses) == 1:
        raise Refused("problem must have a loss that depends on its parameters; no rate moves it.")
