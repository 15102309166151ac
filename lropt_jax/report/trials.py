"""Pictures of a rate found: a range test, and the probes and the run of `auto`."""

from typing import Any

import numpy as np

from lropt_jax._core.checking import checked
from lropt_jax._core.refusal import WrongType
from lropt_jax.report.style import INK, blank, color, fit, plain, styled
from lropt_jax.tuning import Auto, Suggestion

_SHARES = 50  # of a run, in the curve of its losses


@checked
@styled
def plot_range_test(found: Suggestion) -> Any:
    """Loss against rate, for each seed as it was and smoothed, with the suggested rate.

    The shade reaches from where the loss begins to fall to where it is lowest.

    Args:
        found: What `tuning.range_test` or a `tuning.Finder` found.

    Returns:
        A matplotlib figure.

    Raises:
        ImportError: matplotlib is not installed.
    """
    if not isinstance(found, Suggestion):
        raise WrongType(f"found must be a Suggestion, got {type(found).__name__}.")
    figure, axes = blank(1)
    for row, (raw, smooth) in enumerate(zip(found.losses, found.smooth, strict=True)):
        axes.plot(found.rates, raw, ".", color=color(row), markersize=4, alpha=0.4)
        axes.plot(found.rates, smooth, color=color(row), label=f"seed {row + 1}")
    if found.rate is not None:
        axes.axvspan(found.low, found.high, color=INK, alpha=0.06, linewidth=0)
        axes.axvline(found.rate, color=INK, linestyle="--", label=f"{found.rule} {found.rate:.2g}")
    fit(axes, found.smooth)
    how = "rising rate" if found.lanes is None else f"{found.steps} steps at each rate"
    title = "no rate" if found.rate is None else f"rate {found.rate:.2g} ({found.rule})"
    axes.set(xscale="log", xlabel="learning rate", ylabel="training loss", title=f"{title}; {how}")
    plain(axes.legend().get_texts())
    return figure


@checked
@styled
def plot_auto(done: Auto) -> Any:
    """The losses of all probes against their rates, stage by stage, and the curve of the run.

    Args:
        done: What `tuning.auto` returned.

    Returns:
        A matplotlib figure.

    Raises:
        ImportError: matplotlib is not installed.
    """
    if not isinstance(done, Auto):
        raise WrongType(f"done must be an Auto, got {type(done).__name__}.")
    figure, (left, right) = blank(2)
    for row, stage in enumerate(dict.fromkeys(probe.stage for probe in done.probes)):
        probes = [probe for probe in done.probes if probe.stage == stage]
        steps = f"{probes[0].steps} step{'s' * (probes[0].steps > 1)}"
        points = [(probe.rate, probe.loss) for probe in probes if np.isfinite(probe.loss)]
        left.plot(*zip(*points, strict=True), marker="o", markersize=4, color=color(row), label=f"{stage}, {steps}")
    left.axvline(done.rate, color=INK, linestyle="--", label=f"rate of the run {done.rate:.2g}")
    losses = np.array([probe.loss for probe in done.probes])
    start = done.probes[0].loss  # after one step at the smallest rate
    fit(left, losses[losses <= start + max(start - losses.min(), 0)])
    left.set(xscale="log", xlabel="learning rate", ylabel="training loss", title="probes")
    places, values = _shares(np.asarray(done.solution.values))
    right.plot(places, values, color=color(0))
    fit(right, values)
    right.set(xlabel="step", ylabel="training loss", title=f"the run of {done.steps} steps")
    plain(left.legend().get_texts())
    return figure


def _shares(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The means of the values over equal shares of the run."""
    places = np.array_split(np.arange(len(values)), min(_SHARES, len(values)))
    return np.array([place.mean() for place in places]), np.array([values[place].mean() for place in places])
