"""One worker of a study: a batch of trials after another, until there are none."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lropt_jax.problems import Problem
from lropt_jax.tuning.devices import Devices
from lropt_jax.tuning.engine import Engine, Progress
from lropt_jax.tuning.faults import fault_of
from lropt_jax.tuning.lanes import Lane, Work
from lropt_jax.tuning.passes import collected
from lropt_jax.tuning.plan import Plan, choose
from lropt_jax.tuning.result import Sweep
from lropt_jax.tuning.studies.ledger import Ledger
from lropt_jax.tuning.studies.points import ENDED, outcome_of, point_of
from lropt_jax.tuning.studies.pruning import Pruning, prunes
from lropt_jax.tuning.studies.storages import hidden, reaching

_GLANCES = 20  # in the time after which a worker counts as dead, of one that waits for the others


@dataclass
class Worker:
    """Runs trials, as many as fill a program on each device. `lane(optimizer, rate, seed)` makes the run of one."""

    problem: Problem
    ledger: Ledger
    lane: Callable[[str, float, int], Lane]
    steps: int
    batch: int
    url: str
    report: Callable[[Progress], None] | None
    stop: threading.Event
    devices: Devices = ()
    rungs: Sequence[int] = ()  # the steps at which the study's pruner is asked
    ran: int = 0
    plan: Plan | None = None

    def work(self) -> Sweep:
        """Run trials until every one has ended, in this worker or in another, or until `stop`."""
        began = time.perf_counter()
        with self.ledger.living():
            while not self.stop.is_set():
                with reaching(self.url):
                    trials = self._next()
                    if not trials and self.ledger.look().finished:
                        break
                if trials:
                    self._run(trials)
                else:
                    self.stop.wait(min(1.0, self.ledger.grace / _GLANCES))
        return self._found(round(time.perf_counter() - began, 2))

    def _next(self) -> list[Any]:
        self.ledger.mend()
        many = self.batch * max(1, len(self.devices))
        return self.ledger.take(many) or (self.ledger.sample(many) if self.ledger.sampled else [])

    def _run(self, trials: list[Any]) -> None:
        """Train a batch as one program and tell. What did not end is given back, whatever the reason."""
        left = list(trials)
        try:
            work = Work(self.problem, [self.lane(*self._point(trial)) for trial in trials], self.steps)
            if self.plan is None:  # of full batches, so that a smaller one needs no other program
                full = Work(self.problem, [work.lanes[0]] * self.batch, self.steps)
                workers = max(1, len(self.devices))
                self.plan = choose(full, lanes_per_program=self.batch, workers=workers, stop=self.stop)

            def asked(place: int, step: int, value: float) -> bool:
                with reaching(self.url):
                    return prunes(self.ledger, trials[place], step, value)

            how: dict[str, Any] = {"devices": self.devices}
            how |= {"rungs": self.rungs, "asked": asked} if self.rungs else {}
            engine = (Pruning if self.rungs else Engine)(work, self._progress(), self.stop, **how)
            engine.run(self.plan)
            found = collected(work, engine.outcomes, {}, True)
            for place, trial in enumerate(trials):
                if found.status[place] != "stopped":
                    with reaching(self.url):
                        self.ledger.tell(trial, engine.outcomes[place], found.validation[place])
                    left.remove(trial)
                    self.ran += 1
        finally:
            with reaching(self.url):
                self.ledger.give_back(left, "stopped")

    @staticmethod
    def _point(trial: Any) -> Any:
        point = point_of(trial)
        assert point is not None
        return point

    def _progress(self) -> Callable[[Progress], None] | None:
        """Tell how far the whole study is, from how far this batch is."""
        report = self.report
        if report is None:
            return None
        standing = self.ledger.look()
        lanes = len(standing.wanted)
        ended = [trial for trial in standing.holders.values() if trial.state.name in ENDED]
        lost = sum(trial.user_attrs["status"] == "diverged" for trial in ended)

        def tell(now: Progress) -> None:
            done = min(len(ended) * self.steps + now.done, lanes * self.steps)
            report(Progress(done, lanes * self.steps, lanes - lost - (now.lanes - now.alive), lanes))

        return tell

    def _found(self, seconds: float) -> Sweep:
        """The runs of all workers."""
        with reaching(self.url):
            standing = self.ledger.look()
        held, points = standing.holders, standing.wanted
        ended = {
            place: held[point]
            for place, point in enumerate(points)
            if point in held and held[point].state.name in ENDED
        }
        work = Work(self.problem, [self.lane(*point) for point in points], self.steps)
        outcomes = {place: outcome_of(trial) for place, trial in ended.items()}
        how = {
            "lanes_per_program": self.batch,
            "workers": len({trial.user_attrs["worker"] for trial in ended.values()}),
            "structures": len(work.groups),
            "seconds": seconds,
            "study": hidden(self.url),
            "why": f"the study {hidden(self.url)}, of which this worker ran {self.ran} of {len(points)} lanes",
        }
        found = collected(work, outcomes, how, standing.finished)
        fault = fault_of(work, outcomes)
        if fault is None and not found.survivors and "pruned" in found.status:
            fault = "the pruner ended a run of every setting; take fewer seeds, or no pruner"
        return found if fault is None else replace(found, engine={**how, "fault": fault})
