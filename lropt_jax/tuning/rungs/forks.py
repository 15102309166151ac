"""Trunks and forks: a run that goes on from where a shorter one left off, and keeps where its own decay begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.trees import Tree
from lropt_jax.tuning.lanes import Lane, Work
from lropt_jax.tuning.programs import Track
from lropt_jax.tuning.runs import Run

Name = tuple[str, float, int]


class Trunk(NamedTuple):
    """A lane before its decay: the next rung goes on from here."""

    track: Track
    done: int  # steps
    start: float  # the criterion before the first step


@dataclass
class Fork(Run):
    """Lanes of a rung under way: along their trunks up to the cut, then down to the end."""

    cut: int = 0  # the step at which the decay begins; 0: there is no trunk
    length: int = 1  # steps of the last rung, over which a curve's points are spread
    begun_at: int = 0
    trunks: dict[Name, Trunk] | None = None  # of these lanes, at the cut. None: not there yet

    @classmethod
    def of(
        cls, work: Work, places: Sequence[int], width: int, device: jax.Device | None,
        *, cut: int, length: int, trunks: Sequence[Trunk],
    ) -> "Fork":  # fmt: skip
        """The lanes at these places, on from their trunks where they have some."""
        run = Run.begun(work, places, width, device)
        fork = cls(**{**vars(run)}, cut=cut, length=length)
        if trunks:
            tracks = jax.device_put([trunk.track for trunk in trunks], device)
            fork.track, fork.done = _packed(tracks, width), trunks[0].done
            fork.before = np.array([trunk.start for trunk in trunks] + [trunks[-1].start] * (width - len(trunks)))
        fork.begun_at = fork.done
        return fork

    @property
    def until(self) -> int:
        """The cut, and then the end."""
        return self.cut if self.done < self.cut else self.work.steps

    @property
    def whole(self) -> int:
        """The steps of the last rung."""
        return self.length

    @property
    def made(self) -> int:
        """Steps made on this rung."""
        return self.done - self.begun_at

    def forward(self, now: int, batches: Tree = None) -> None:
        """Make steps, and keep a copy of the trunks where the decay begins. What runs a track consumes it."""
        super().forward(now, batches)
        if self.done == self.cut and self.needs_trunks:
            self.trunks = self._cut_from(self.track)

    @property
    def needs_trunks(self) -> bool:
        """Whether a longer rung may go on from these lanes."""
        return self.cut > 0 and self.work.steps < self.length

    def remains(self) -> list[jax.Array]:
        """The trunks, as arrays."""
        trunks = list((self.trunks or {}).values())
        return jax.tree.leaves(_packed([trunk.track for trunk in trunks], self.width)) if trunks else []

    def take_up(self, remains: Sequence[np.ndarray]) -> None:
        """The trunks, read again."""
        if remains:
            self.trunks = self._cut_from(self.filled(remains))

    def _cut_from(self, track: Track) -> dict[Name, Trunk]:
        names = [name_of(self.work.lanes[place]) for place in self.places]
        return {name: Trunk(_row(track, row, self.width), self.cut, self.before[row]) for row, name in enumerate(names)}


def name_of(lane: Lane) -> Name:
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
