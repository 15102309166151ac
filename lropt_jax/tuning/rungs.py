"""One rung of successive halving: the kept trunks go on, and a fork of each decays to its end and is judged."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.values import Optimizer
from lropt_jax.tuning.engine import Engine
from lropt_jax.tuning.lanes import Lane
from lropt_jax.tuning.plan import Plan
from lropt_jax.tuning.programs import Track, advance, begin, judge


class Trunk(NamedTuple):
    """A lane before its decay: the next rung goes on from here."""

    track: Track
    done: int  # steps
    start: float  # the criterion before the first step


@dataclass
class Rung(Engine):
    """Runs the lanes of a rung from their trunks, and keeps each trunk where its decay begins.

    All rungs call the same compiled program, whatever their lanes and lengths: it takes `lanes_per_program` of the
    survivors, by index, and how many steps to make is a number.
    """

    cuts: Sequence[int] = ()  # the step at which each lane's decay begins; 0: there is no trunk, the lane begins anew
    whole: int = 1  # steps of the last rung, over which a curve's points are spread
    trunks: dict[tuple[str, float, int], Trunk] = field(default_factory=dict)
    spent: int = 0  # steps of all lanes, those of earlier rungs left out

    def _run(self, plan: Plan, places: Sequence[int]) -> None:
        for cut in sorted({self.cuts[place] for place in places}):
            if not self.stop.is_set():
                self._decaying(plan, [place for place in places if self.cuts[place] == cut], cut)

    def _decaying(self, plan: Plan, places: Sequence[int], cut: int) -> None:
        """Run lanes whose decay begins at the same step."""
        width, names = plan.lanes_per_program, [name_of(self.work.lanes[place]) for place in places]
        tx, seeds = self.work.side_by_side(places, width)
        trunks = [self.trunks[name] for name in names if name in self.trunks]
        if trunks:
            track, done = _packed([trunk.track for trunk in trunks], width), trunks[0].done
            before = np.array([trunk.start for trunk in trunks] + [trunks[-1].start] * (width - len(trunks)))
        else:
            track, done = begin(self.work.problem, tx, seeds, width), 0
            before = np.atleast_1d(np.asarray(judge(self.work.problem, track.at, width)[0]))
        track, done = self._advance(plan, places, tx, track, done, cut)
        if cut > 0 and self.work.steps < self.whole:
            kept = {name: Trunk(_row(track, row, width), done, before[row]) for row, name in enumerate(names)}
            self.trunks.update(kept)
        track, done = self._advance(plan, places, tx, track, done, self.work.steps)
        self._conclude(places, track, before, stopped=self.stop.is_set() and done < self.work.steps)

    def _advance(
        self, plan: Plan, places: Sequence[int], tx: Optimizer, track: Track, done: int, until: int
    ) -> tuple[Track, int]:
        """The lanes up to a step, in slices. It ends early where no lane is finite any more, or `stop` is set."""
        while done < until and not self.stop.is_set() and np.any(track.finite):
            now = min(plan.slice_steps, until - done)
            track = advance(self.work.problem, tx, track, now, self.whole, plan.lanes_per_program)
            done += now
            with self._lock:
                self.spent += now * len(places)
            self._report(places, done, np.atleast_1d(np.asarray(track.finite)))
        return track, done


def name_of(lane: Lane) -> tuple[str, float, int]:
    """What tells a lane from the others in every rung."""
    return lane.optimizer, lane.rate, lane.seed


def _packed(tracks: list[Track], width: int) -> Track:
    """Tracks of single lanes as one of `width`; the last fills up. A copy: what runs a track consumes it."""
    if width == 1:
        return jax.tree.map(jnp.copy, tracks[0])
    return _stack(tracks + [tracks[-1]] * (width - len(tracks)))


def _row(track: Track, row: int, width: int) -> Track:
    """A copy of one lane."""
    return jax.tree.map(jnp.copy, track) if width == 1 else _take(track, row)


@jax.jit
def _stack(tracks: list[Track]) -> Track:
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *tracks)


@jax.jit
def _take(track: Track, row: jax.Array) -> Track:
    return jax.tree.map(lambda leaf: leaf[row], track)
