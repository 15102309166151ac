"""Train the first fifth of a run, watched, and try other rates from where it stands."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from lropt_jax._core.values import Optimizer
from lropt_jax.diagnostics._pace import paces
from lropt_jax.diagnostics._parts import BATCHES, POINTS, Stand, branches, first_part
from lropt_jax.diagnostics._weighing import Branch, Ends, weigh
from lropt_jax.diagnostics.diagnosis import Judgement
from lropt_jax.problems import Problem

FROM_HERE = (0.25, 1.0, 4.0, 16.0, 64.0)  # times the rate, for a twentieth of the run each
FROM_START = (0.25, 0.0625)  # for a tenth of the run each
_MOST = 1e4  # times the schedule's own rate
_RISES = 1.05  # times the present rate: a schedule that goes above it rises


class Tried(NamedTuple):
    """What came of it; `cost` is in steps."""

    judgement: Judgement
    stand: Stand
    cost: float


def tried(problem: Problem, tx: Optimizer, steps: int, key: jax.Array) -> Tried:
    """The verdict on a run of so many steps, at least 50: its first fifth, then branches, then runs from the start.

    A run that is found to be too slow needs no runs from the start.
    """
    plan = Plan.of(problem, tx, steps)
    stand = first_part(problem, tx, key, plan.done)
    cost = plan.done + (POINTS + 1) * _JUDGED
    ends = plan.ends(np.asarray(stand.judged), {}, {})
    if np.isfinite(ends.judged).all():
        found = plan.run(problem, tx, stand.at, [*plan.from_here, *plan.ahead], plan.done)
        ends = ends._replace(
            branches={branch: found[branch] for branch in plan.from_here},
            ahead=next(((branch, found[branch]) for branch in plan.ahead), None),
        )
        cost += _spent([*plan.from_here, *plan.ahead])
        judgement = weigh(ends)
        if judgement.verdict in ("too low", "decays too early"):
            return Tried(judgement, stand, cost)
    ends = ends._replace(restarts=plan.run(problem, tx, stand.begin, plan.from_start, 0))
    return Tried(weigh(ends), stand, cost + _spent(plan.from_start))


class Plan(NamedTuple):
    """Which branches a run gets, and what its schedule does."""

    done: int  # steps of the first part
    from_here: Sequence[Branch]
    from_start: Sequence[Branch]
    paces: np.ndarray  # (steps,) lengths of the steps
    known: bool  # whether those are rates

    @classmethod
    def of(cls, problem: Problem, tx: Optimizer, steps: int) -> "Plan":
        """The plan for a run of so many steps."""
        unit, found = max(1, steps // 20), paces(problem, tx, steps)
        done = POINTS * max(1, steps // (5 * POINTS))
        most = 1 / found[0][done - 1] if problem.domain == "convex" else np.inf
        times = sorted({min(times, most) for times in FROM_HERE})
        here = [Branch(each, unit) for each in times]
        return cls(done, here, [Branch(each, 2 * unit) for each in FROM_START], *found)

    @property
    def now(self) -> float:
        """The length of a step at the end of the first part: the mean of some, where gradients are gathered."""
        return float(np.mean(self.paces[self.done - self.from_here[0].steps : self.done])) or 1.0

    @property
    def ahead(self) -> list[Branch]:
        """One at the largest rate to come, held, where that is above the present one."""
        times = float(np.max(self.paces[self.done :], initial=0.0)) / self.now
        return [Branch(times, self.from_here[0].steps, held=True)] if times > _RISES else []

    def ends(self, judged: Any, here: dict[Branch, float], begun: dict[Branch, float]) -> Ends:
        """What was seen, with what is left of the run."""
        left = float(np.sum(self.paces[self.done :]) / self.now)
        last = float(np.mean(self.paces[-self.from_here[0].steps :]) / self.now)
        rate = self.now if self.known else np.nan
        fallen = float(self.now / np.max(self.paces[: self.done]))
        return Ends(self.done, rate, finite(judged), here, begun, left, last, fallen)

    def table(self, some: Sequence[Branch], at: int) -> tuple[np.ndarray, np.ndarray]:
        """By how much each update of branches from a step on is multiplied, (6, longest), and their lengths, (6,).

        Where rates are known, that is so many times the rate at the end of the first part. It falls to 0, or is held.
        """
        shape = len(FROM_HERE) + 1, max(branch.steps for branch in [*self.from_here, *self.from_start])
        lengths, table = np.zeros(shape[0], np.int32), np.zeros(shape, np.float32)  # of one shape: one program
        lengths[: len(some)] = [branch.steps for branch in some]
        for row, branch in zip(table, some, strict=False):
            own = self.paces[at : at + branch.steps] if self.known else np.full(branch.steps, self.now)
            times = np.divide(self.now, own, out=np.ones(len(own)), where=own > 0)
            fall = np.ones(branch.steps) if branch.held else 1 - np.arange(branch.steps) / branch.steps
            row[: branch.steps] = branch.times * fall * np.minimum(times, _MOST)
        return table, lengths

    def run(self, problem: Problem, tx: Optimizer, at: Any, some: Sequence[Branch], step: int) -> dict[Branch, float]:
        """How branches from an iterate ended."""
        ended = branches(problem, tx, at, *self.table(some, step))
        return dict(zip(some, finite(ended).tolist(), strict=False))


def finite(losses: Any) -> np.ndarray:
    """Losses as float64; what is not finite is infinite."""
    losses = np.asarray(losses, np.float64)
    return np.where(np.isfinite(losses), losses, np.inf)


_JUDGED = BATCHES / 3  # a forward pass is a third of a step


def _spent(some: Sequence[Branch]) -> float:
    return sum(branch.steps + _JUDGED for branch in some)
