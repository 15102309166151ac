"""Kinds of arguments: what an argument may be, said once, in the signature of whatever takes it.

`b1: Average = 0.9` says it all: a number in [0, 1) or a schedule, the decay of a moving average. `lift` and `checked`
refuse other arguments, `transfer` finds out what to rewrite, and `lropt list adam` shows the range.
"""

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

import jax
import numpy as np
import optax
from jax.typing import ArrayLike
from typing_extensions import TypeAliasType

from lropt_jax._core.rate import Rate
from lropt_jax._core.values import Decay


@dataclass(frozen=True)
class Range:
    """The numbers that an argument may be: all finite ones between two ends, which count unless they are open."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False
    whole: bool = False

    def admits(self, number: Any) -> Any:
        """Whether numbers are inside, entry by entry. NaN and infinity are not."""
        above = number > self.low if self.low_open else number >= self.low
        below = number < self.high if self.high_open else number <= self.high
        return above & below & (abs(number) < math.inf) & (not self.whole or number == np.floor(number))

    def __str__(self) -> str:
        if self.whole:
            return "a whole number" + (f" >= {self.low:g}" if self.low > -math.inf else "")
        if self.low == -math.inf and self.high < math.inf:
            return f"finite and {'<' if self.high_open else '<='} {self.high:g}"
        if self.high < math.inf:
            return f"in {'(' if self.low_open else '['}{self.low:g}, {self.high:g}{')' if self.high_open else ']'}"
        return "finite" if self.low == -math.inf else f"finite and {'>' if self.low_open else '>='} {self.low:g}"


class Role(enum.Enum):
    """What an argument is to an optimizer: what `transfer` does to it when the training changes its scale."""

    RATE = "the learning rate"
    PORTED_RATE = "the learning rate of another library's rule, whose other numbers have other meanings"
    DECAY = "weight decay, which goes with the rate where nobody says otherwise"
    OWN_DECAY = "weight decay, which goes with something else where nobody says otherwise"
    MEMORY = "the decay of a moving average: 1 - b is one over the number of steps that it remembers"
    MOMENTUM = "momentum of the updates"
    GRADIENT_SCALE = "a number in units of the gradients"
    SQUARED_GRADIENT_SCALE = "a number in units of squared gradients"
    PER_STEP = "how fast something changes with each step"
    LENGTH = "a number of steps of the run"
    PASSES_ON = "an optimizer whose updates are given on unchanged"
    KEEPS_LIMIT = "an optimizer that bears the same curvature inside a wrapper as alone"


class Ascending:
    """The mark of a sequence whose numbers do not fall."""


Scheduled: TypeAlias = ArrayLike | optax.Schedule
Several: TypeAlias = Sequence[ArrayLike] | jax.Array | np.ndarray

finite = Range()
nonnegative = Range(0)
positive = Range(0, low_open=True)
nonpositive = Range(high=0)
at_least_one = Range(1)
unit = Range(0, 1)
below_one = Range(0, 1, high_open=True)
inside_unit = Range(0, 1, low_open=True, high_open=True)

# Numbers that are fixed for a run.
Finite = TypeAliasType("Finite", Annotated[ArrayLike, finite, "a number"])
NonNegative = TypeAliasType("NonNegative", Annotated[ArrayLike, nonnegative, "a number"])
NonPositive = TypeAliasType("NonPositive", Annotated[ArrayLike, nonpositive, "a number"])
Positive = TypeAliasType("Positive", Annotated[ArrayLike, positive, "a number"])
AtLeastOne = TypeAliasType("AtLeastOne", Annotated[ArrayLike, at_least_one, "a number"])
Fraction = TypeAliasType("Fraction", Annotated[ArrayLike, unit, "a share, both ends allowed"])
BelowOne = TypeAliasType("BelowOne", Annotated[ArrayLike, below_one, "a share, not all"])
ProperFraction = TypeAliasType("ProperFraction", Annotated[ArrayLike, inside_unit, "a share, neither nothing nor all"])
Height = TypeAliasType("Height", Annotated[ArrayLike, nonnegative, "a learning rate, fixed for the run"])
Heights = TypeAliasType("Heights", Annotated[Several, nonnegative, "learning rates, one after another"])
Positives = TypeAliasType("Positives", Annotated[Several, positive, "numbers, one after another"])

# Numbers of steps, and of other things that are counted.
Steps = TypeAliasType("Steps", Annotated[ArrayLike, positive, Role.LENGTH, "a number of steps"])
StepsFromZero = TypeAliasType(
    "StepsFromZero", Annotated[ArrayLike, nonnegative, Role.LENGTH, "a number of steps, 0 allowed"]
)
StepNumber = TypeAliasType("StepNumber", Annotated[ArrayLike, nonnegative, Role.LENGTH, "a step of the run, from 0"])
Boundaries = TypeAliasType(
    "Boundaries",
    Annotated[Several, positive, Ascending(), "steps in ascending order"],
)
Count = TypeAliasType("Count", Annotated[ArrayLike, Range(1, whole=True), "how many"])
CountFromZero = TypeAliasType("CountFromZero", Annotated[ArrayLike, Range(0, whole=True), "how many, 0 allowed"])
Size = TypeAliasType("Size", Annotated[int, Range(1, whole=True), "how many; it decides shapes, so it is static"])
Seed = TypeAliasType("Seed", Annotated[ArrayLike, Range(whole=True), "a seed of random numbers"])

# Numbers that may follow a schedule.
Average = TypeAliasType("Average", Annotated[Scheduled, below_one, Role.MEMORY, "the decay of a moving average"])
OpenAverage = TypeAliasType(
    "OpenAverage", Annotated[Scheduled, inside_unit, Role.MEMORY, "the decay of a moving average"]
)
Momentum = TypeAliasType(
    "Momentum", Annotated[Scheduled, below_one, Role.MOMENTUM, "the share of momentum that is kept"]
)
Epsilon = TypeAliasType(
    "Epsilon",
    Annotated[Scheduled, nonnegative, Role.GRADIENT_SCALE, "a small number in units of the gradients"],
)
SquaredScale = TypeAliasType(
    "SquaredScale",
    Annotated[Scheduled, nonnegative, Role.SQUARED_GRADIENT_SCALE, "a number in units of squared gradients"],
)
PerStep = TypeAliasType(
    "PerStep", Annotated[Scheduled, nonnegative, Role.PER_STEP, "how fast something changes in a step"]
)
Strength = TypeAliasType("Strength", Annotated[Scheduled, nonnegative, "how strong"])
Limit = TypeAliasType("Limit", Annotated[Scheduled, positive, "a limit or a scale"])
Growth = TypeAliasType("Growth", Annotated[Scheduled, at_least_one, "a factor that does not shrink"])
Share = TypeAliasType("Share", Annotated[Scheduled, unit, "a share, both ends allowed"])
Shrink = TypeAliasType("Shrink", Annotated[Scheduled, below_one, "a factor that shrinks"])
Span = TypeAliasType("Span", Annotated[Scheduled, positive, Role.LENGTH, "a number of steps"])
Calls = TypeAliasType("Calls", Annotated[Scheduled, Range(1, whole=True), "how many"])

# Rules, and what they are made of.
AnySchedule = TypeAliasType(
    "AnySchedule", Annotated[Scheduled, nonnegative, "a schedule, or a number for a constant rate"]
)
LearningRate = TypeAliasType(
    "LearningRate",
    Annotated[Scheduled | Rate, nonnegative, Role.RATE, "a number, a schedule or a self-setting rate"],
)
PlainRate = TypeAliasType("PlainRate", Annotated[Scheduled, nonnegative, Role.RATE, "a number or a schedule"])
PortedRate = TypeAliasType(
    "PortedRate",
    Annotated[Scheduled | Rate, nonnegative, Role.PORTED_RATE, "a number, a schedule or a self-setting rate"],
)
PortedPlainRate = TypeAliasType(
    "PortedPlainRate", Annotated[Scheduled, nonnegative, Role.PORTED_RATE, "a number or a schedule"]
)
WeightDecay = TypeAliasType(
    "WeightDecay",
    Annotated[Scheduled | Decay, nonnegative, Role.DECAY, "a number, a schedule or `decay(...)`"],
)
OwnDecay = TypeAliasType(
    "OwnDecay",
    Annotated[Scheduled | Decay, nonnegative, Role.OWN_DECAY, "a number, a schedule or `decay(...)`"],
)
AnyOptimizer = TypeAliasType(
    "AnyOptimizer", Annotated[optax.GradientTransformation, "an optimizer of this library, of Optax or of anybody"]
)
WatchedOptimizer = TypeAliasType(
    "WatchedOptimizer", Annotated[AnyOptimizer, Role.PASSES_ON, "an optimizer whose updates are given on unchanged"]
)
SteadyOptimizer = TypeAliasType(
    "SteadyOptimizer", Annotated[AnyOptimizer, Role.KEEPS_LIMIT, "an optimizer, as stable inside as alone"]
)
Mask = TypeAliasType("Mask", Annotated[Any, "patterns, a tree of bools like the parameters, or a function of them"])
