"""What the optimizers of D-Adaptation's and Prodigy's authors have in common: a `growth_rate` that may be infinite."""

import math
from typing import Annotated, Any

import jax
import numpy as np
import optax
from jax.typing import ArrayLike
from typing_extensions import TypeAliasType

from lropt_jax._core.kinds import Growth, Range
from lropt_jax._core.numbers import is_number


class Unlimited(Range):
    """The numbers from one on, and infinity."""

    def admits(self, number: Any) -> Any:
        """Whether numbers are inside, entry by entry. NaN is not."""
        return super().admits(number) | (number == math.inf)

    def __str__(self) -> str:
        return f">= {self.low:g}"


GrowthRate = TypeAliasType(
    "GrowthRate", Annotated[ArrayLike | optax.Schedule, Unlimited(1), "a factor that does not shrink, or inf"]
)


def limit(growth_rate: GrowthRate | None) -> Growth | None:
    """The limit of growth that a `growth_rate` is; None where it is infinite."""
    known = is_number(growth_rate) and not isinstance(growth_rate, jax.core.Tracer)
    return None if known and np.all(np.isposinf(growth_rate)) else growth_rate  # type: ignore[arg-type]
