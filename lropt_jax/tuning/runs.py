"""A run: the lanes of one program, from their start to their judgement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.trees import Tree
from lropt_jax._core.values import Optimizer
from lropt_jax.problems import Problem
from lropt_jax.tuning.lanes import Work
from lropt_jax.tuning.programs import Track, advance, begin, judge
from lropt_jax.tuning.sealed import is_key


class Outcome(NamedTuple):
    """How a lane ended."""

    status: str  # "ok", "diverged", "unmoved" or "stopped"
    start: float  # validation before the first step
    validation: float
    test: float
    curve: np.ndarray  # (POINTS,) means of the watched value over equal shares of the run
    metrics: Mapping[str, float] = MappingProxyType({})  # at the end, by name


@dataclass
class Run:
    """Lanes of one program under way."""

    work: Work
    problem: Problem  # on the device of the lanes
    places: Sequence[int]
    width: int
    tx: Optimizer
    track: Track
    before: np.ndarray  # (width,) the criterion before the first step
    done: int = 0
    device: jax.Device | None = None

    @classmethod
    def begun(cls, work: Work, places: Sequence[int], width: int, device: jax.Device | None = None) -> "Run":
        """The lanes at these places before their first step. None: on the device where the problem is."""
        problem, (tx, seeds) = work.problem, work.side_by_side(places, width)
        if device is not None:
            problem = work.problem_on(device)
            tx, seeds = jax.device_put((tx, seeds), device)
        track = begin(problem, tx, seeds, width)
        before = rows(judge(problem, track.at, width, work.held)[0])
        return cls(work, problem, places, width, tx, track, before, device=device)

    @property
    def finite(self) -> np.ndarray:
        """Which lanes are finite, (width,)."""
        return rows(self.track.finite)

    @property
    def until(self) -> int:
        """The step up to which steps may be made at a time."""
        return self.work.steps

    @property
    def whole(self) -> int:
        """Steps over which the points of the curve are spread."""
        return self.work.steps

    @property
    def made(self) -> int:
        """Steps made since the run began."""
        return self.done

    @property
    def goes_on(self) -> bool:
        """Whether there are steps left, and a lane to make them."""
        return self.done < self.work.steps and bool(self.finite.any())

    def forward(self, now: int, batches: Tree = None) -> None:
        """Make steps."""
        self.track = advance(self.problem, self.tx, self.track, now, self.whole, self.width, batches)
        self.done += now

    def remains(self) -> list[jax.Array]:
        """What others need of the run later on, as arrays."""
        return []

    def take_up(self, remains: Sequence[np.ndarray]) -> None:
        """The same, read again."""

    def filled(self, arrays: Sequence[np.ndarray]) -> Track:
        """A track of these arrays, on the device of the run."""
        leaves, tree = jax.tree.flatten(self.track)
        return jax.device_put(jax.tree.unflatten(tree, map(like, leaves, arrays)), self.device)


def like(leaf: jax.Array, kept: np.ndarray) -> jax.Array:
    """An array that was kept, as the one in whose place it comes: a key of `jax.random`, or numbers."""
    if is_key(leaf):
        return jax.random.wrap_key_data(jnp.array(kept), impl=jax.random.key_impl(leaf))
    return jnp.array(kept)


def rows(array: jax.Array) -> np.ndarray:
    """What a program of one lane or of several gives, with an entry per lane."""
    return np.atleast_1d(np.asarray(array))
