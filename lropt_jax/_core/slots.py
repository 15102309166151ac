"""What the slots of an optimizer hold, said once: in the annotation of the state's field.

Who keeps slots in less than float32 reads it. A slot without such an annotation is kept as it is.
"""

import enum
import inspect
from typing import Annotated, Any, TypeAlias

import optax

from lropt_jax._core.annotations import kind_of
from lropt_jax._core.parts import RECORD


class Slot(enum.Enum):
    """What a slot holds for each parameter."""

    MOMENTS = "sums or averages of gradients"
    SQUARES = "sums, averages or maxima of squared gradients, or of sizes; never below 0"
    OTHERS = "other numbers that may be rounded by chance, with an error in proportion to their size"


Moments: TypeAlias = Annotated[optax.Updates, Slot.MOMENTS]
Squares: TypeAlias = Annotated[optax.Updates, Slot.SQUARES]
Others: TypeAlias = Annotated[optax.Updates, Slot.OTHERS]

_OF_OPTAX: dict[type, dict[str, Slot]] = {
    optax.ScaleByAdamState: {"mu": Slot.MOMENTS, "nu": Slot.SQUARES},
    optax.ScaleByAmsgradState: {"mu": Slot.MOMENTS, "nu": Slot.SQUARES, "nu_max": Slot.SQUARES},
    optax.ScaleByBeliefState: {"mu": Slot.MOMENTS, "nu": Slot.SQUARES},
    optax.ScaleByLionState: {"mu": Slot.MOMENTS},
    optax.ScaleByRmsState: {"nu": Slot.SQUARES},
    optax.ScaleByRssState: {"sum_of_squares": Slot.SQUARES},
    optax.TraceState: {"trace": Slot.OTHERS},  # also of steps that are divided by a root
}


def slots_of(state: Any) -> dict[str, Slot]:
    """What the fields of one named tuple hold, for those that are slots and say so.

    A state may have a property `exact_slots`: names of fields that are to stay exact, as its other fields are now.
    """
    kind = type(state)
    if kind in _OF_OPTAX:
        return _OF_OPTAX[kind]
    if not is_of_descent(state):
        return {}
    marks = {name: kind_of(note).mark(Slot) for name, note in inspect.get_annotations(kind).items()}
    exact = getattr(state, "exact_slots", ())
    return {name: slot for name, slot in marks.items() if slot is not None and name not in exact}


def is_of_descent(state: Any) -> bool:
    """Whether it is the state of an optimizer that `descent` has made."""
    return getattr(type(state), "_fields", ())[: len(RECORD)] == RECORD
