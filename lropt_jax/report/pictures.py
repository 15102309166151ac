"""Pictures of what was found."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import optax

from lropt_jax._core.checking import checked
from lropt_jax._core.extras import require
from lropt_jax._core.kinds import Size
from lropt_jax.report.marks import marks, sample, span
from lropt_jax.tuning import Sweep, Tuning

_MARKERS = {"warmup ends": "^", "peak": "o", "end": "s"}
COLORS = ("#3b6fb6", "#d1495b", "#2a9d6f", "#b07d2b", "#7a4fa3", "#4c5866", "#c2577f", "#1f8a9e")


@checked
def plot_tuning(found: Tuning) -> Any:
    """Final held-out result against rate, and the curves of each optimizer's best rate.

    Args:
        found: What `tuning.tune` found.

    Returns:
        A matplotlib figure.

    Raises:
        ImportError: matplotlib is not installed.
    """
    figure, (left, right) = blank(2)
    (chosen_by, sign), (watched, curve_sign) = found.last.units["validation"], found.last.units["curve"]
    scores, curves = [], []
    for row, (name, color) in enumerate(zip(found.coarse.optimizers, _colors(), strict=False)):
        scores.append(_draw_rates(left, found.coarse, name, sign, color=color, marker=".", alpha=0.4, linewidth=1))
        scores.append(_draw_rates(left, found.last, name, sign, color=color, marker="o", markersize=4, label=name))
        _draw_diverged(left, found.coarse, name, row, color)
        if found.last.choices(name):
            best = found.last.best(name)
            left.plot(best.rate, sign * best.validation, "*", color=color, markersize=13, markeredgecolor="w", zorder=5)
            curves.append(_draw_curve(right, found.last, name, curve_sign, color))
    _limits(left, scores)
    _limits(right, [curve[2:] for curve in curves])
    left.set(xscale="log", xlabel="learning rate", ylabel=f"{chosen_by} at the end")
    faint = "" if found.last is found.coarse else f"{found.coarse.steps} steps (faint), "
    left.set_title(f"{faint}{found.last.steps} steps (bold), diverged (x)", fontsize=10)
    right.set(xlabel="step", ylabel=watched)
    right.set_title("the best rate of each", fontsize=10)
    for axes in (left, right):
        if axes.get_legend_handles_labels()[0]:
            axes.legend(frameon=False, fontsize=9)
    figure.suptitle(f"{found.coarse.problem}: {chosen_by} against learning rate", fontsize=11, parse_math=False)
    return figure


@checked
def plot_schedules(
    schedules: Mapping[str, optax.Schedule] | Sequence[optax.Schedule], steps: Size | None = None
) -> Any:
    """Rates against steps, several schedules in one picture, with warmup, peak and end marked.

    Args:
        schedules: A dict by the names to show, or a list: then each is named as it prints.
        steps: How many steps to draw, a whole number >= 1. None: up to the last end.

    Returns:
        A matplotlib figure.

    Raises:
        ImportError: matplotlib is not installed.

    Example:
        >>> from lropt_jax.schedules import cosine, linear, warmup
        >>> figure = plot_schedules([warmup(cosine(0.1, 90), 10), linear(0.1, 100)])
    """
    named = schedules if isinstance(schedules, Mapping) else {str(schedule): schedule for schedule in schedules}
    steps = span(*named.values()) if steps is None else steps
    figure, axes = blank(1)
    style: dict[str, Any] = {"markersize": 6, "markerfacecolor": "white", "clip_on": False, "zorder": 3}
    for color, (name, schedule) in zip(_colors(), named.items(), strict=False):
        at, rates = sample(schedule, steps)
        axes.plot(at, rates, color=color, label=name)
        for mark, place in marks(schedule, steps).items():
            height = 0 if mark == "warmup ends" else schedule(place)  # on the axis: the peak may have the same step
            axes.plot(place, height, _MARKERS[mark], color=color, **style)
    shapes = [axes.plot([], [], marker, color="#4c5866", **style)[0] for marker in _MARKERS.values()]
    axes.add_artist(axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(-0.02, -0.16)))
    axes.legend(shapes, list(_MARKERS), frameon=False, fontsize=8, loc="upper right")
    axes.set(xlabel="step", ylabel="rate", ylim=(0, None))
    figure.set_size_inches(6.4, 3.6 + 0.17 * len(named))
    return figure


def blank(panels: int) -> tuple[Any, Any]:
    """An empty figure. It needs no screen and leaves pyplot's state alone."""
    require("matplotlib")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2 * panels, 3.8), layout="constrained", dpi=110)
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, panels)
    for each in np.atleast_1d(axes):
        each.spines[["top", "right"]].set_visible(False)
        each.grid(color="#e6e6e6", linewidth=0.7)
    return figure, axes


def _colors() -> Iterator[str]:
    return itertools.cycle(COLORS)


def _draw_rates(axes: Any, found: Sweep, name: str, sign: int, **style: Any) -> np.ndarray:
    """Draw means over seeds against rate, with bars for the spread."""
    choices = found.choices(name)
    scores = np.array([sign * choice.validation for choice in choices])
    axes.errorbar([c.rate for c in choices], scores, yerr=[c.validation_spread for c in choices], **style)
    return scores


def _draw_diverged(axes: Any, found: Sweep, name: str, row: int, color: str) -> None:
    """Draw a cross at the foot of the picture for every rate that diverged, a line of crosses per optimizer."""
    rates = np.unique(found.rate[(found.optimizer == name) & (found.status == "diverged")])
    height = np.full(len(rates), 0.03 + 0.035 * row)
    axes.plot(rates, height, "x", color=color, markersize=4, transform=axes.get_xaxis_transform())


def _draw_curve(axes: Any, found: Sweep, name: str, sign: int, color: str) -> np.ndarray:
    """Draw the watched value of an optimizer's best rate along the run, mean over seeds."""
    best = found.best(name)
    curve = sign * np.mean(found.curve[(found.optimizer == name) & (found.rate == best.rate)], axis=0)
    axes.plot(
        (np.arange(len(curve)) + 0.5) * found.steps / len(curve), curve, color=color, label=f"{name} {best.rate:.3g}"
    )
    return curve


def _limits(axes: Any, drawn: list[np.ndarray]) -> None:
    """Fit the axis to the values, with room at the foot for the crosses. It is logarithmic where they span decades."""
    scores = np.concatenate([*drawn, np.zeros(0)])
    scores = scores[np.isfinite(scores)]
    if len(scores):
        low, high = np.min(scores), np.max(scores)
        decades = low > 0 and high > 100 * low
        if decades:
            axes.set_yscale("log")
            low, high = np.log10([low, high])
        span = high - low or 1.0
        limits = np.array([low - 0.2 * span, high + 0.06 * span])
        axes.set_ylim(10**limits if decades else limits)
