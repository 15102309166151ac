"""Runs of a study that a pruner of Optuna ends early."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from lropt_jax._core.extras import require
from lropt_jax._core.trees import Tree
from lropt_jax.tuning.engine import Engine, Outcome
from lropt_jax.tuning.plan import Plan
from lropt_jax.tuning.runs import Run

_FACTOR = 3  # between two rungs
_RUNGS = 3

Asked = Callable[[int, int, float], bool]
"""`asked(place, step, criterion)`: whether a lane ends here."""


def pruner_of(name: str | None, steps: int) -> Any:
    """A pruner by name. None: one that ends nothing."""
    pruners = require("optuna.pruners")
    match name:
        case "median":
            return pruners.MedianPruner()
        case "hyperband":
            least = min(rungs_of(steps), default=1)
            return pruners.HyperbandPruner(min_resource=least, max_resource=steps, reduction_factor=_FACTOR)
    return pruners.NopPruner()


def rungs_of(steps: int) -> tuple[int, ...]:
    """The steps after which a pruner is asked: 1/27, 1/9 and 1/3 of them, where there are so many."""
    return tuple(sorted({steps // _FACTOR**power for power in range(1, _RUNGS + 1)} - {0, steps}))


@dataclass
class Prunable(Run):
    """Lanes under way, some of which have ended early."""

    rungs: Sequence[int] = ()
    ended: dict[int, Outcome] = field(default_factory=dict)  # by row

    @property
    def until(self) -> int:
        """The next rung, or the end."""
        return min((rung for rung in self.rungs if rung > self.done), default=self.work.steps)

    @property
    def goes_on(self) -> bool:
        """Whether there are steps left, and a lane to make them."""
        rows = [row for row in range(len(self.places)) if row not in self.ended]
        return self.done < self.work.steps and bool(self.finite[rows].any())


@dataclass
class Pruning(Engine):
    """Runs lanes, and asks at each rung which of them end there. Their places in the program run idle from then on.

    The batches of a stream come in pieces: there the pruner is asked after the piece in which the rung lies.
    """

    rungs: Sequence[int] = ()
    asked: Asked = lambda place, step, value: False

    def _begun(self, plan: Plan, places: Sequence[int], device: jax.Device | None) -> Prunable:
        return Prunable(**vars(super()._begun(plan, places, device)), rungs=self.rungs)

    def _forward(self, run: Run, now: int, batches: Tree = None) -> None:
        assert isinstance(run, Prunable)
        before = run.done
        super()._forward(run, now, batches)
        if any(before < rung <= run.done < self.work.steps for rung in self.rungs):
            for row, outcome in enumerate(self._judged(run, stopped=False)):
                alive = row not in run.ended and outcome.status != "diverged" and np.isfinite(outcome.validation)
                if alive and self.asked(run.places[row], run.done, float(outcome.validation)):
                    run.ended[row] = outcome._replace(status="pruned")

    def _judged(self, run: Run, *, stopped: bool) -> list[Outcome]:
        """How lanes stand. Those that have ended stand as they did there."""
        found = super()._judged(run, stopped=stopped)
        ended = run.ended if isinstance(run, Prunable) else {}
        return [ended.get(row, outcome) for row, outcome in enumerate(found)]


def prunes(ledger: Any, trial: Any, step: int, value: float) -> bool:
    """Tell the study where a trial stands. Whether its pruner ends it."""
    optuna, number = require("optuna"), ledger.id_of(trial.number)
    with contextlib.suppress(optuna.exceptions.UpdateFinishedTrialError):  # it was given to another worker
        ledger.storage.set_trial_intermediate_value(number, step, value)
        return ledger.study.pruner.prune(ledger.study, ledger.storage.get_trial(number))
    return False
