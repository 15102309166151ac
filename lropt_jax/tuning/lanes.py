"""Lanes: the runs to make, and which of them can share a program."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.values import Optimizer
from lropt_jax.problems import Problem
from lropt_jax.tuning.batches import Pieces
from lropt_jax.tuning.programs import Held


class Lane(NamedTuple):
    """One run to make: an optimizer at a rate and at other values, from a seed."""

    optimizer: str
    rate: float
    seed: int
    tx: Optimizer
    values: Mapping[str, Any] = MappingProxyType({})  # of arguments besides the learning rate, by path


@dataclass(frozen=True, eq=False)
class Work:
    """What a sweep has to run: each lane solves the problem for so many steps."""

    problem: Problem
    lanes: Sequence[Lane]
    steps: int
    reading: Pieces | None = None  # of a stream that goes on from what ran before; None: it begins

    @functools.cached_property
    def groups(self) -> list[list[int]]:
        """The places of lanes of one structure: the same tree, shapes and dtypes. They share a compilation."""
        structures: dict[Any, list[int]] = {}
        for place, lane in enumerate(self.lanes):
            leaves, tree = jax.tree.flatten(lane.tx)
            structure = (tree, *((np.shape(leaf), jnp.result_type(leaf)) for leaf in leaves))
            structures.setdefault(structure, []).append(place)
        return list(structures.values())

    @functools.cached_property
    def pieces(self) -> Pieces | None:
        """The batches of the steps, where they come from a stream. The first of them are read now."""
        if self.problem.stream is None or self.reading is not None:
            return self.reading
        return Pieces(self.problem.stream, self.steps)

    @property
    def first(self) -> Held | None:
        """The first batches of the stream. None: the problem draws its own."""
        return None if self.pieces is None else self.pieces.first

    @property
    def held(self) -> Held | None:
        """The batches of the stream that judge the lanes. None: they are judged otherwise."""
        return self.first if self.problem.criterion == "training" else None

    @functools.cached_property
    def spans(self) -> bool:
        """Whether the data lie on several processes. Then all of them must run the same programs in the same order."""
        arrays = [leaf for leaf in jax.tree.leaves(self.problem) if isinstance(leaf, jax.Array)]
        return any(not array.is_fully_addressable for array in arrays)

    def problem_on(self, device: jax.Device) -> Problem:
        """The problem with its data on a device: a copy for each."""
        return self._copies.setdefault(device, jax.device_put(self.problem, device))

    @functools.cached_property
    def _copies(self) -> dict[jax.Device, Problem]:
        return {}

    def side_by_side(self, places: Sequence[int], width: int) -> tuple[Optimizer, np.ndarray]:
        """Optimizers and seeds of the lanes at these places, at most `width` of one structure.

        A width over 1 stacks them, and repeats the last lane to fill up. Numbers become NumPy arrays with dtypes of
        their own: so nothing is compiled for this, and a rate written as 1 or as an array needs no new program.
        """
        lanes = [self.lanes[place] for place in places]
        lanes += [lanes[-1]] * (width - len(lanes))
        txs = [jax.tree.map(lambda leaf: np.asarray(leaf, jnp.result_type(leaf)), lane.tx) for lane in lanes]
        seeds = np.array([lane.seed for lane in lanes], np.uint32)
        if width == 1:
            return txs[0], seeds[0]
        return jax.tree.map(lambda *leaves: np.stack(leaves), *txs), seeds
