"""The rungs of successive halving: what they share, and what is kept between them."""

import functools
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import jax
import numpy as np

from lropt_jax.problems import Problem, check_domain
from lropt_jax.schedules import wsd
from lropt_jax.tuning.batches import Pieces
from lropt_jax.tuning.devices import Devices
from lropt_jax.tuning.engine import Outcome, Progress
from lropt_jax.tuning.kept import Kept
from lropt_jax.tuning.lanes import Lane, Work
from lropt_jax.tuning.makers import Maker
from lropt_jax.tuning.passes import collected, planned, told
from lropt_jax.tuning.peaks import Peaked
from lropt_jax.tuning.plan import Plan
from lropt_jax.tuning.result import Sweep
from lropt_jax.tuning.rungs.forks import Name, Trunk, name_of
from lropt_jax.tuning.rungs.rung import Rung

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
    devices: Devices = ()
    resume: Any = None
    found: list[Sweep] = field(default_factory=list)
    trunks: dict[Name, Trunk] = field(default_factory=dict)
    spent: int = 0  # steps of all lanes
    kept: Kept | None = None

    @functools.cached_property
    def reading(self) -> Pieces | None:
        """The batches of all rungs, each read once."""
        return None if self.problem.stream is None else Pieces(self.problem.stream, self.steps)

    def plan(self, rates: Rates, share: int, width: int | None, workers: int | None) -> Plan:
        """How to run lanes. On a CPU programs are as wide as pays for the last rung: there no place stays idle."""
        if width is None and jax.default_backend() == "cpu":
            rates = {name: own[: math.ceil(len(own) / share)] for name, own in rates.items()}
        lanes, _ = self._lanes(rates, self.steps)
        work = Work(self.problem, lanes, self.steps, self.reading)
        self.kept = None if self.resume is None else Kept.at(self.resume, work)
        return planned(work, self.kept, width, workers, self.stop, len(self.devices))

    def climb(self, rates: Rates, length: int, plan: Plan, report: Callable[[Progress], None] | None) -> Sweep:
        """Run these rates for a rung of that length: on from their trunks where they have one."""
        lanes, cuts = self._lanes(rates, length)
        work, began = Work(self.problem, lanes, length, self.reading), time.perf_counter()
        alive = {name_of(lane): self.trunks[name_of(lane)] for lane in lanes if name_of(lane) in self.trunks}
        rung = Rung(
            work, report, self.stop, kept=self._kept(work, cuts, alive), devices=self.devices, cuts=cuts,
            whole=self.steps, trunks=alive,
        )  # fmt: skip
        finished = rung.run(plan)
        self.trunks, self.spent = rung.after, self.spent + rung.spent
        how = told(work, plan, rung.outcomes, began)
        how |= {"devices": len(self.devices)} if self.devices else {}
        how |= {} if rung.kept is None else {"resume": rung.kept.told()}
        found = collected(work, rung.outcomes, how, finished)
        points = max(1, round(found.curve.shape[1] * length / self.steps))
        found = _judged(replace(found, curve=found.curve[:, :points]), rung.outcomes)
        self.found.append(found)
        return found

    def _kept(self, work: Work, cuts: list[int], trunks: Mapping[Name, Trunk]) -> Kept | None:
        """What a killed search left of these lanes. They depend on the rungs before too: on where those cut them off,
        and on the batches that they read.
        """
        if self.kept is None:
            return None
        before = [found.steps for found in self.found]

        def beside(places: Sequence[int]) -> tuple:
            names = [name_of(work.lanes[place]) for place in places]
            done = [trunks[name].done if name in trunks else 0 for name in names]
            read = (before, self.decay_fraction) if self.reading is not None else ()
            return self.steps, [cuts[place] for place in places], done, read

        return self.kept.on(work, beside)

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
