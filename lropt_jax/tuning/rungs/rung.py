"""One rung of successive halving: the kept trunks go on, and a fork of each decays to its end and is judged."""

import collections
import contextlib
import itertools
from collections.abc import Generator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

import jax

from lropt_jax._core.refusal import Refused
from lropt_jax.tuning.engine import Engine
from lropt_jax.tuning.plan import Plan
from lropt_jax.tuning.programs import Held
from lropt_jax.tuning.rungs.forks import Fork, Name, Trunk, name_of
from lropt_jax.tuning.runs import Run


@dataclass
class Rung(Engine):
    """Runs the lanes of a rung from their trunks, and keeps each trunk where its decay begins.

    All rungs call the same compiled program, whatever their lanes and lengths: it takes `lanes_per_program` of the
    survivors, by index, and how many steps to make is a number.
    """

    cuts: Sequence[int] = ()  # the step at which each lane's decay begins; 0: there is no trunk, the lane begins anew
    whole: int = 1  # steps of the last rung, over which a curve's points are spread
    trunks: dict[Name, Trunk] = field(default_factory=dict)
    spent: int = 0  # steps of all lanes, those of earlier rungs left out
    after: dict[Name, Trunk] = field(default_factory=dict)  # the trunks that the next rung goes on from

    def _groups(self) -> list[list[int]]:
        """Lanes of one program have one cut."""
        return [
            [place for place in places if self.cuts[place] == cut]
            for places in self.work.groups
            for cut in sorted({self.cuts[place] for place in places})
        ]

    def _ended(self, places: Sequence[int], width: int) -> bool:
        """Whether lanes had ended in a run that was killed later."""
        found = None if self.kept is None else self.kept.ended(places, width)
        if found is None:
            return False
        if found.remains:
            fork = self._fork(places, width, None)
            fork.take_up(found.remains)
            self.after.update(fork.trunks or {})
        self.spent += found.made * len(places)
        self._conclude(places, found.outcomes)
        return True

    def _begun(self, plan: Plan, places: Sequence[int], device: jax.Device | None) -> Fork:
        fork = self._fork(places, plan.lanes_per_program, device)
        if self.kept is not None:
            self.kept.go_on(fork)
        return fork

    def _fork(self, places: Sequence[int], width: int, device: jax.Device | None) -> Fork:
        trunks = [self.trunks[name] for name in self._names(places) if name in self.trunks]
        cut = self.cuts[places[0]]
        return Fork.of(self.work, places, width, device, cut=cut, length=self.whole, trunks=trunks)

    def _end(self, run: Run) -> None:
        super()._end(run)
        assert isinstance(run, Fork)
        with self._lock:
            self.spent += run.made * len(run.places)
            self.after.update(run.trunks or {})

    def _together(self, pool: Executor, plan: Plan, chunks: list[list[int]]) -> None:
        """All lanes in lockstep on batches that go on from those of the rung before."""
        many = len(self.work.lanes)
        if plan.lanes_at_once is not None and many > max(plan.lanes_at_once, plan.lanes_per_program):
            raise Refused(
                f"rates must be so few that the memory holds all lanes at once for a stream, got {many} lanes; "
                f"it holds {plan.lanes_at_once}."
            )
        with contextlib.closing(self._pieces()) as pieces:
            self._lockstep(pool, plan, chunks, pieces)
            if not self.stop.is_set() and len(self._dead) < many:
                collections.deque(pieces, maxlen=0)  # the next rung goes on after them, whoever had ended here before

    def _pieces(self) -> Generator[Held, None, None]:
        """The batches of the rung. A piece ends where the decay of a lane begins."""
        assert self.work.pieces is not None
        starts = [self.trunks[name].done if name in self.trunks else 0 for name in self._names(range(len(self.cuts)))]
        stops = {
            stop - start
            for start, cut in zip(starts, self.cuts, strict=True)
            for stop in (cut, self.work.steps)
            if stop > start
        }
        for start, stop in itertools.pairwise([0, *sorted(stops)]):
            yield from self.work.pieces.take(stop - start)

    def _names(self, places: Sequence[int]) -> list[Name]:
        return [name_of(self.work.lanes[place]) for place in places]
