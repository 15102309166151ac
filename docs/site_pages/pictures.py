"""A picture of every schedule, drawn by its own `plot()`, for light and for dark pages."""

import ast
import doctest
import inspect
from pathlib import Path
from typing import Any

from matplotlib.text import Text

from lropt_jax import kinds
from site_pages.public import Name

TYPICAL = {kinds.Height: 1e-3, kinds.Steps: 1000}
DARK, DARK_GRID, DARK_CURVE = "#d6d9de", "#44484f", "#56b4e9"


def draw(name: Name, folder: Path) -> list[str]:
    """Draw the schedule, and give the names of the two pictures. Nothing for what is no schedule."""
    if name.room != "lropt_jax.schedules":
        return []
    folder.mkdir(parents=True, exist_ok=True)
    figure = example(name).plot()
    figure.patch.set_alpha(0)
    for axes in figure.axes:
        axes.patch.set_alpha(0)
    figure.savefig(folder / f"{name.name}-light.svg", bbox_inches="tight")
    _darken(figure)
    figure.savefig(folder / f"{name.name}-dark.svg", bbox_inches="tight")
    return [f"{name.name}-light", f"{name.name}-dark"]


def example(name: Name) -> Any:
    """A schedule of usual length, or, where a peak and a length do not say enough, that of the docstring's example."""
    signature = inspect.signature(name.thing)  # type: ignore[arg-type]
    needed = {each.name: each.annotation for each in signature.parameters.values() if each.default is each.empty}
    if set(needed.values()) <= TYPICAL.keys():
        return name.thing(**{argument: TYPICAL[kind] for argument, kind in needed.items()})  # type: ignore[operator]
    names: dict[str, Any] = {name.name: name.thing}
    for line in doctest.DocTestParser().get_examples(name.thing.__doc__ or ""):
        for call in ast.walk(ast.parse(line.source)):
            if isinstance(call, ast.Call) and getattr(call.func, "id", None) == name.name:
                return eval(ast.unparse(call), names)
        exec(line.source, names)
    raise LookupError(f"{name.full}: the docstring's example must call it.")


def _darken(figure: Any) -> None:
    """Give texts, axes, grid and curves colours for a dark page."""
    for text in figure.findobj(Text):
        text.set_color(DARK)
    for axes in figure.axes:
        for line in axes.lines:
            line.set_color(DARK_CURVE)
        axes.tick_params(color=DARK, labelcolor=DARK)
        axes.grid(color=DARK_GRID)
        for spine in axes.spines.values():
            spine.set_edgecolor(DARK)
