"""The one style of all pictures: colours, fonts, lines."""

import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Any, ParamSpec, TypeVar

import numpy as np

from lropt_jax._core.extras import require

P = ParamSpec("P")
R = TypeVar("R")

# Seven colours of Okabe and Ito (2008) and three more. Any two differ by 16 in CIELAB, also for the colour-blind.
COLORS = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#4c5866", "#552200", "#9900ff", "#441166",
)  # fmt: skip
INK, FAINT = "#2b2f36", "#e6e6e6"
DASHES = ("-", "--", ":", "-.")

# White behind everything: a picture reads the same on a dark page and on paper, whatever a person's own style is.
STYLE: Any = {
    **dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), "white"),
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK),
    **dict.fromkeys(("xtick.labelcolor", "ytick.labelcolor"), "inherit"),
    **dict.fromkeys(("axes.spines.top", "axes.spines.right", "legend.frameon", "text.usetex"), False),
    **dict.fromkeys(("xtick.labelsize", "ytick.labelsize", "legend.fontsize", "legend.title_fontsize"), 8),
    "font.family": "sans-serif", "font.size": 9, "axes.labelsize": 9, "axes.titlesize": 10, "figure.titlesize": 11,
    "axes.grid": True, "axes.axisbelow": True, "grid.color": FAINT, "grid.linewidth": 0.7, "grid.linestyle": "-",
    "lines.linewidth": 1.6, "axes.linewidth": 0.8, "errorbar.capsize": 2, "figure.dpi": 110, "savefig.dpi": "figure",
}  # fmt: skip


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """A function that draws in this style and leaves a person's own settings alone."""

    @functools.wraps(draw)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        with require("matplotlib").rc_context(STYLE):
            return draw(*args, **kwargs)

    return call


def blank(panels: int, rows: int = 1) -> tuple[Any, Any]:
    """An empty figure, with so many panels in each row. It needs no screen and leaves pyplot's state alone."""
    require("matplotlib")
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from lropt_jax.report.figure import Picture

    figure = Picture(figsize=(5.2 * panels, 3.8 if rows == 1 else 2.9 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, panels)


def color(place: int) -> str:
    """A colour for each thing of a picture, in order."""
    return COLORS[place % len(COLORS)]


def looks() -> Iterator[dict[str, str]]:
    """A colour and a dash for each curve of a picture, in order: when all colours are used, the dash changes."""
    return ({"color": each, "linestyle": dash} for dash in itertools.cycle(DASHES) for each in COLORS)


def plain(*texts: Any) -> None:
    """Let texts say what they say: a name may hold a `$`, which matplotlib takes for mathematics."""
    for text in np.ravel(texts):
        text.set_parse_math(False)


def fit(axes: Any, losses: np.ndarray) -> None:
    """Fit the axis to losses, with room around them. It is logarithmic where they span decades."""
    losses = losses[np.isfinite(losses)]
    if len(losses):
        low, high = losses.min(), losses.max()
        decades = low > 0 and high > 100 * low
        if decades:
            axes.set_yscale("log")
            low, high = np.log10([low, high])
        room = 0.08 * ((high - low) or 1.0)
        limits = np.array([low - room, high + room])
        axes.set_ylim(10**limits if decades else limits)
