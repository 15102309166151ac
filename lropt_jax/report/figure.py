"""A figure that notebooks show; imported where something is drawn, for it needs matplotlib."""

import io
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from PIL import Image

from lropt_jax.report.style import STYLE

_SHADES = 256  # a palette of so many makes a third of the bytes, and a notebook keeps its pictures


class Picture(Figure):
    """A matplotlib figure that a notebook shows, though pyplot does not know it."""

    def _repr_png_(self) -> bytes:
        """What a kernel without `%matplotlib inline` shows. With it, that draws the figure in this one's place."""
        drawn, file = io.BytesIO(), io.BytesIO()
        self.savefig(drawn, format="png")
        small = Image.open(drawn).convert("RGB").quantize(_SHADES, dither=Image.Dither.NONE)
        small.save(file, format="png", optimize=True)
        return file.getvalue()

    def draw(self, renderer: Any) -> None:
        """Draw in the house style: matplotlib makes its ticks only here."""
        with matplotlib.rc_context(STYLE):
            super().draw(renderer)

    def savefig(self, *args: Any, **kwargs: Any) -> None:
        """Write a file, see `matplotlib.figure.Figure.savefig`."""
        with matplotlib.rc_context(STYLE):
            super().savefig(*args, **kwargs)
