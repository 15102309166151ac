"""The rungs of successive halving: what they share, and what is kept between them."""

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import jax
import numpy as np

from lropt_jax.problems import Problem, check_domain
from lropt_jax.schedules import wsd
from lropt_jax.tuning.engine import Outcome, Progress
from lropt_jax.tuning.lanes import Lane, Work
from lropt_jax.tuning.makers import Maker
from lropt_jax.tuning.passes import collected, told
from lropt_jax.tuning.peaks import Peaked
from lropt_jax.tuning.plan import Plan, choose
from lropt_jax.tuning.result import Sweep
from lropt_jax.tuning.rungs import Rung, Trunk, name_of

Rates = Mapping[str, list[float]]  # by optimizer


@dataclass
class Ladder:
    """One search. `climb` runs a rung, and `found` has all of them."""

    problem: Problem
    named: Mapping[str, Maker]
    seeds: list[int]
    steps: int
    decay_fraction: float
    schedule: Callable[[Any, int], Any] | None
    stop: threading.Event
    found: list[Sweep] = field(default_factory=list)
    trunks: dict[tuple[str, float, int], Trunk] = field(default_factory=dict)
    spent: int = 0  # steps of all lanes

    def plan(self, rates: Rates, share: int, width: int | None, workers: int | None) -> Plan:
        """How to run lanes. On a CPU programs are as wide as pays for the last rung: there no place stays idle."""
        if width is None and jax.default_backend() == "cpu":
            rates = {name: own[: math.ceil(len(own) / share)] for name, own in rates.items()}
        lanes, _ = self._lanes(rates, self.steps)
        return choose(Work(self.problem, lanes, self.steps), lanes_per_program=width, workers=workers, stop=self.stop)

    def climb(self, rates: Rates, length: int, plan: Plan, report: Callable[[Progress], None] | None) -> Sweep:
        """Run these rates for a rung of that length: on from their trunks where they have one."""
        lanes, cuts = self._lanes(rates, length)
        work, began = Work(self.problem, lanes, length), time.perf_counter()
        alive = {name_of(lane): self.trunks[name_of(lane)] for lane in lanes if name_of(lane) in self.trunks}
        rung = Rung(work, report, self.stop, cuts=cuts, whole=self.steps, trunks=alive)
        finished = rung.run(plan)
        self.trunks, self.spent = rung.trunks, self.spent + rung.spent
        found = collected(work, rung.outcomes, told(work, plan, rung.outcomes, began), finished)
        points = max(1, round(found.curve.shape[1] * length / self.steps))
        found = _judged(replace(found, curve=found.curve[:, :points]), rung.outcomes)
        self.found.append(found)
        return found

    def _lanes(self, rates: Rates, length: int) -> tuple[list[Lane], list[int]]:
        """The lanes of a rung, and the step at which the decay of each begins: 0 where there is no trunk."""
        lanes, cuts = [], []
        for name, own in rates.items():
            make, cut = self._maker(self.named[name], length)
            for rate in own:
                tx = make(rate)
                check_domain(self.problem, tx, length)
                lanes += [Lane(name, rate, seed, tx) for seed in self.seeds]
                cuts += [cut] * len(self.seeds)
        return lanes, cuts

    def _maker(self, make: Maker, length: int) -> tuple[Maker, int]:
        """From a rate, the optimizer of a rung; and the step at which its decay begins."""
        schedule = self.schedule
        if isinstance(make, Peaked) and make.scheduled:
            return make.shortened(length / self.steps), 0
        if schedule is not None:
            return lambda rate: make(schedule(rate, length)), 0
        tail = max(1, round(self.decay_fraction * length))
        return lambda rate: make(wsd(rate, length, warmup_steps=0, cooldown_steps=tail)), length - tail


def _judged(found: Sweep, outcomes: Mapping[int, Outcome]) -> Sweep:
    """Where the training loss decides: the one at the end. The last point of a curve holds steps before the decay."""
    if found.chosen_by != "training":
        return found
    ends = [outcomes.get(place) for place in range(len(found.rate))]
    start, validation = (np.array([getattr(end, name, np.nan) for end in ends]) for name in ("start", "validation"))
    return replace(found, start=start, validation=validation)
