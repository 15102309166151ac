"""Pictures of a solution: what a problem shows of it, drawn."""

import math
from typing import Any

import numpy as np

from lropt_jax._core.checking import checked
from lropt_jax.problems import Dots, Grid, Images, Lines, Points, View
from lropt_jax.report.style import blank, color, looks, plain, styled

_MARKERS = (("o", 5), ("_", 18), ("x", 8), ("+", 10))  # and their sizes: two at one place can be told apart


@checked
@styled
def plot_view(view: View, title: str = "") -> Any:
    """Draw what a problem's `view` gives.

    Args:
        view: Curves, separate numbers, points, images or a matrix.
        title: Text above the picture. Empty: no title.

    Returns:
        A matplotlib figure.

    Raises:
        ImportError: matplotlib is not installed.

    Example:
        >>> figure = plot_view(Lines([0, 1], {"value": [1.0, 0.5]}, "state", "value"))
    """
    if isinstance(view, Images):
        figure = _images(view)
    else:
        figure, axes = blank(1)
        draw: Any = {Lines: _lines, Dots: _dots, Points: _points, Grid: _grid}[type(view)]
        draw(axes, view)
        axes.set(xlabel=view.x_label, ylabel=view.y_label)
        if axes.get_legend_handles_labels()[0]:
            beside = {"loc": "upper left", "bbox_to_anchor": (1, 1), "title": getattr(view, "legend", "")}
            beside["markerscale"] = 2 if isinstance(view, Points) else 1  # a point is too small to tell its colour
            plain(axes.legend(**beside).get_texts())
    if title:
        plain(figure.suptitle(title))
    return figure


def _lines(axes: Any, view: Lines) -> None:
    for (name, y), look in zip(view.y.items(), looks(), strict=False):
        axes.plot(np.asarray(view.x), np.asarray(y), label=name, **look)


def _dots(axes: Any, view: Dots) -> None:
    for place, (name, y) in enumerate(view.y.items()):
        marker, size = _MARKERS[place % len(_MARKERS)]
        axes.plot(np.asarray(y), marker, color=color(place), markersize=size, markeredgewidth=2, label=name)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.margins(x=0.1)


def _points(axes: Any, view: Points) -> None:
    points = np.asarray(view.points)
    labels = None if view.labels is None else np.asarray(view.labels)
    size = 4 if len(points) < 3000 else 2
    colors = {}
    if labels is None:
        axes.plot(*points.T, ".", color="#b4bcc6", markersize=size)
    for place, label in enumerate(() if labels is None else np.unique(labels)):
        colors[str(label)] = color(place)
        axes.plot(*points[labels == label].T, ".", color=color(place), markersize=size, label=str(label))
    for place, (name, curve) in enumerate(view.curves.items()):
        own = {
            "color": color(len(colors) + place),
            "linewidth": 1.5 if place else 4,
            "label": name,
        }  # so that two that coincide are both seen
        style = {"color": colors[name], "path_effects": _edged()} if name in colors else own
        axes.plot(*np.asarray(curve).T, **style)
    axes.figure.set_size_inches(6.2, 5.2)
    axes.set_aspect("equal", adjustable="datalim")


def _edged() -> list[Any]:
    """A white edge, so that a curve can be seen on points of its colour."""
    from matplotlib.patheffects import Normal, Stroke

    return [Stroke(linewidth=3.5, foreground="white"), Normal()]


def _images(view: Images) -> Any:
    rows = {name: np.asarray(images, float) for name, images in view.rows.items()}
    figure, axes = blank(1)
    tiles = [np.concatenate([np.pad(image, 1, constant_values=np.nan) for image in row], 1) for row in rows.values()]
    width = max(row.shape[1] for row in tiles)
    tiles = [np.pad(row, ((0, 0), (0, width - row.shape[1])), constant_values=np.nan) for row in tiles]
    axes.imshow(np.concatenate(tiles), cmap="gray")
    height = len(tiles[0])
    axes.set_yticks(height * (np.arange(len(tiles)) + 0.5), list(rows))
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.grid(False)
    axes.spines[:].set_visible(False)
    figure.set_size_inches(1.2 + 0.07 * width, 0.8 + 0.07 * height * len(tiles))
    return figure


def _grid(axes: Any, view: Grid) -> None:
    values = np.asarray(view.values)
    axes.imshow(values, cmap="viridis", aspect="auto")
    axes.set_xticks(range(values.shape[1]), list(view.columns))
    axes.set_yticks(range(values.shape[0]), list(view.rows))
    axes.grid(False)
    axes.figure.set_size_inches(1.6 + 0.75 * values.shape[1], 1 + max(0.27, 2.5 / len(values)) * len(values))
    middle = (values.min() + values.max()) / 2
    digits = max(0, 2 - math.floor(math.log10(max(np.abs(values).max(), 1e-3))))
    for (row, column), value in np.ndenumerate(values) if values.size <= 100 else ():
        color = "white" if value <= middle else "black"
        axes.text(column, row, f"{value:.{digits}f}", ha="center", va="center", fontsize=8, color=color)
