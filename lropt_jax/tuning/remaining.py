"""How long the rest of a pass will take."""

import collections
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from lropt_jax.tuning.runs import Run

_GLANCE = 0.02  # seconds that a structure is timed for


@dataclass
class Remaining:
    """The time left, from what a step of each structure took and from how early lanes end that diverge.

    A run is known by its first lane. Only steps made here count, so what an earlier run left changes nothing, and
    neither does the time of compiling.
    """

    steps: int
    workers: int
    structures: dict[int, int]  # of each run that is to be made
    _left: dict[int, int] = field(default_factory=dict)
    _each: dict[int, float] = field(default_factory=dict)  # seconds a step, by structure, at a glance
    _taken: dict[int, tuple[float, int]] = field(default_factory=dict)  # seconds and steps, by structure
    _made: dict[int, int] = field(default_factory=dict)  # steps that a run made until it ended
    _numbers: dict[int, int] = field(default_factory=dict)  # of a run among those of its structure

    def __post_init__(self) -> None:
        self._left = dict.fromkeys(self.structures, self.steps)
        many: collections.Counter = collections.Counter()
        for place, structure in self.structures.items():
            self._numbers[place] = many[structure]
            many[structure] += 1

    def glance(self, run: Run, batches: object = None) -> None:
        """Time a few steps of a run that is thrown away."""
        took, now = 0.0, 0
        while took < _GLANCE and run.goes_on:
            now = min(4 * now or 1, self.steps - run.done)
            began = time.perf_counter()
            run.forward(now, batches)
            took = time.perf_counter() - began
        self._each[self.structures[run.places[0]]] = took / max(now, 1)

    def ran(self, place: int, now: int, done: int, seconds: float) -> None:
        """Steps were made."""
        structure = self.structures[place]
        taken, steps = self._taken.get(structure, (0.0, 0))
        self._taken[structure] = taken + seconds, steps + now
        self._left[place] = self.steps - done

    def ended(self, place: int, done: int) -> None:
        """A run ended, at its last step or before."""
        self._left.pop(place, None)
        self._made[place] = done

    @property
    def seconds(self) -> float | None:
        """How long the rest takes. None: not known yet."""
        each = self._each | {structure: taken / steps for structure, (taken, steps) in list(self._taken.items())}
        if not each:
            return None
        usual = sum(each.values()) / len(each)
        times = [
            each.get(self.structures[place], usual) * self._rest(place, self.steps - left)
            for place, left in list(self._left.items())
        ]
        return max(sum(times) / self.workers, max(times, default=0.0))

    def _rest(self, place: int, done: int) -> float:
        """Steps that a run will make yet. One that lives longer than expected will live as long again."""
        return min(self.steps - done, max(self._expected(place) - done, done))

    def _expected(self, place: int) -> float:
        """Steps of a run in all.

        Rates ascend: where the run before it ended early, so will this one. Else it is as those with its number in
        other structures, which have its rate, and as all.
        """
        mine, made = (self.structures[place], self._numbers[place]), list(self._made.items())
        numbers = {(self.structures[other], self._numbers[other]): done for other, done in made}
        before = numbers.get((mine[0], mine[1] - 1), self.steps)
        if before < self.steps:
            return before
        alike = [done for (_, number), done in numbers.items() if number == mine[1]]
        means = [max(1.0, sum(steps) / len(steps)) for steps in ([*numbers.values()], alike) if steps]
        return math.prod(means) ** (1 / len(means)) if means else self.steps


def structures_of(groups: Iterable[list[int]], firsts: Iterable[int]) -> dict[int, int]:
    """The number of the structure of each run, by its first lane."""
    numbers = {place: number for number, places in enumerate(groups) for place in places}
    return {place: numbers[place] for place in firsts}
