"""Pictures of a solution as plain arrays; `report` draws them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from jax.typing import ArrayLike

from lropt_jax._core.brief import brief


class Lines(NamedTuple):
    """Named curves over one axis."""

    x: ArrayLike  # (n,)
    y: Mapping[str, ArrayLike]  # (n,) each
    x_label: str
    y_label: str

    def __repr__(self) -> str:
        return brief(self)


class Dots(NamedTuple):
    """Named numbers for separate things, such as weights. Nothing lies between two of them, so no line joins them."""

    y: Mapping[str, ArrayLike]  # (n,) each
    x_label: str
    y_label: str

    def __repr__(self) -> str:
        return brief(self)


class Points(NamedTuple):
    """Points in the plane, coloured by label, and named curves. A curve with the name of a label has its colour."""

    points: ArrayLike  # (n, 2)
    labels: ArrayLike | None = None  # (n,) whole numbers
    curves: Mapping[str, ArrayLike] = {}  # (m, 2) each
    x_label: str = ""
    y_label: str = ""
    legend: str = ""  # what the labels count

    def __repr__(self) -> str:
        return brief(self)


class Images(NamedTuple):
    """Named rows of grey images, 0 for black."""

    rows: Mapping[str, ArrayLike]  # (k, height, width) each

    def __repr__(self) -> str:
        return brief(self)


class Grid(NamedTuple):
    """A matrix of numbers with the names of its rows and columns."""

    values: ArrayLike  # (r, c)
    rows: Sequence[str]
    columns: Sequence[str]
    x_label: str = ""
    y_label: str = ""

    def __repr__(self) -> str:
        return brief(self)


View = Lines | Dots | Points | Images | Grid
