"""What population-based training found."""

from dataclasses import dataclass

import numpy as np

from lropt_jax._core.showing import Shown
from lropt_jax._core.values import Optimizer, Schedule
from lropt_jax.problems import Solution


@dataclass(frozen=True, eq=False, repr=False)
class Population(Shown):
    """The best model of a population, and the schedule that trained it.

    Attributes:
        tx: The optimizer with that schedule. `solve` with the same key trains the same model again.
        schedule: The rates along the winner's descent: a `piecewise`, one rate a round.
        solution: What `solve` gives: parameters, state, optimizer state and the value before each step.
        chosen_by: What ranked the lanes: the problem's criterion.
        validation: The criterion of the best model. It is the lowest of all lanes, so it is too low by some of its
            noise.
        test: Its loss on test data. NaN without test data.
        steps: Updates of each lane.
        every: Steps of a round.
        rates: Of each lane in each round, (rounds, lanes).
        losses: The criterion at the end of each round, (rounds, lanes).
        parents: Whose state each lane had when the round began, (rounds, lanes).
    """

    tx: Optimizer
    schedule: Schedule
    solution: Solution
    chosen_by: str
    validation: float
    test: float
    steps: int
    every: int
    rates: np.ndarray
    losses: np.ndarray
    parents: np.ndarray

    @property
    def cost(self) -> float:
        """Steps of all lanes, over those of one run."""
        return float(self.rates.shape[1])

    def __repr__(self) -> str:
        rounds, lanes = self.rates.shape
        first, last = (float(self.schedule(step)) for step in (0, self.steps - 1))
        return (
            f"Population of {lanes} lanes x {self.steps} steps, {rounds} rounds of {self.every}\n"
            f"{self.chosen_by} {self.validation:.4g}; rate {first:.3g} at first, {last:.3g} at last\n"
            f"tx = {self.tx!r}"
        )
