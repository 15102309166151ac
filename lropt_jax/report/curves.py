"""Pictures of schedules."""

import itertools
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import optax

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import Size
from lropt_jax.report.marks import marks, sample, span
from lropt_jax.report.style import INK, blank, looks, plain, styled

_MARKERS = {"warmup ends": "^", "peak": "o", "end": "s"}
_MARK: dict[str, Any] = {"markersize": 6, "markerfacecolor": "white", "clip_on": False, "zorder": 3}
_NARROWEST, _WIDEST, _MOST_LINES = 28, 88, 3  # characters of a line, and lines, of a name below the picture


@checked
@styled
def plot_schedules(
    schedules: Mapping[str, optax.Schedule] | Sequence[optax.Schedule], steps: Size | None = None, ax: Any = None
) -> Any:
    """Rates against steps, several schedules in one picture, with warmup, peak and end marked.

    Args:
        schedules: A dict by the names to show, or a list: then each is named as it prints.
        steps: How many steps to draw, a whole number >= 1. None: up to the last end.
        ax: The matplotlib axes to draw into. None: a new figure.

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
    figure, axes = blank(1) if ax is None else (ax.get_figure(), ax)
    fresh = itertools.islice(looks(), len(axes.get_legend_handles_labels()[1]), None)  # some curves may be there
    label = _wrapped if ax is None else _shortened
    lowest = axes.get_ylim()[0] if axes.has_data() else 0.0
    for (name, schedule), look in zip(named.items(), fresh, strict=False):
        lowest = min(lowest, _draw(axes, label(name), schedule, steps, look))
    axes.set(xlabel="step", ylabel="learning rate")
    axes.set_ylim(bottom=lowest)
    if ax is not None:
        plain(axes.legend(loc="lower left", bbox_to_anchor=(0, 1)).get_texts())  # above: inside it hides the curves
        return figure
    shapes = [axes.plot([], [], marker, color=INK, **_MARK)[0] for marker in _MARKERS.values()]
    columns = 3 if max(map(len, named)) <= _WIDEST // 4 else 1
    names = axes.legend(loc="upper left", bbox_to_anchor=(-0.12, -0.16), ncols=columns)
    plain(names.get_texts())
    axes.add_artist(names)
    axes.legend(shapes, list(_MARKERS), loc="lower right", bbox_to_anchor=(1, 1), ncols=3, borderpad=0)
    lines = sum(text.get_text().count("\n") + 1 for text in names.get_texts())
    figure.set_size_inches(6.4, 3.5 + 0.16 * -(-lines // columns))
    return figure


def _draw(axes: Any, name: str, schedule: optax.Schedule, steps: int, look: Mapping[str, str]) -> float:
    """Draw one schedule with its marks, and give its lowest rate."""
    at, rates = sample(schedule, steps)
    axes.plot(at, rates, label=name, **look)
    for mark, place in marks(schedule, steps).items():
        height = 0 if mark == "warmup ends" else schedule(place)  # on the axis: the peak may have the same step
        axes.plot(place, height, _MARKERS[mark], color=look["color"], **_MARK)
    finite = rates[np.isfinite(rates)]
    return float(finite.min()) if len(finite) else 0.0


def _shortened(name: str) -> str:
    """A name that fits into axes, which may be small."""
    return name if len(name) <= _NARROWEST else f"{name[: _NARROWEST - 3]}..."


def _wrapped(name: str) -> str:
    """A name on a few lines that fit under the picture."""
    lines = textwrap.wrap(name, _WIDEST) or [""]
    return "\n".join(
        lines if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], f"{lines[_MOST_LINES - 1]} ..."]
    )
