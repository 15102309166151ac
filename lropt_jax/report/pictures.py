"""Pictures of what was found."""

from typing import Any

import numpy as np

from lropt_jax._core.checking import checked
from lropt_jax.report.style import blank, color, plain, styled
from lropt_jax.tuning import Sweep, Tuning


@checked
@styled
def plot_tuning(found: Tuning | Sweep) -> Any:
    """Final held-out result against rate, and the curves of each optimizer's best rate.

    Bars and bands are standard deviations over seeds.

    Args:
        found: What `tuning.tune` or `tuning.sweep` found.

    Returns:
        A matplotlib figure.

    Raises:
        ImportError: matplotlib is not installed.
    """
    coarse, last = (found, found) if isinstance(found, Sweep) else (found.coarse, found.last)
    figure, (left, right) = blank(2)
    (chosen_by, sign), (watched, curve_sign) = last.units["validation"], last.units["curve"]
    scores, curves = [], []
    for row, name in enumerate(coarse.optimizers):
        if last is not coarse:
            faint = {"marker": ".", "alpha": 0.4, "linewidth": 1}
            scores.append(_draw_rates(left, coarse, name, sign, color=color(row), **faint))
        scores.append(_draw_rates(left, last, name, sign, color=color(row), marker="o", markersize=4, label=name))
        _draw_diverged(left, coarse, name, row)
        if last.choices(name):
            best = last.best(name)
            star = {"color": color(row), "markersize": 13, "markeredgecolor": "w", "zorder": 5}
            left.plot(best.rate, sign * best.validation, "*", **star)
            curves.append(_draw_curve(right, last, name, curve_sign, color(row)))
    _limits(left, scores)
    _limits(right, [curve[2:] for curve in curves])
    left.set(xscale="log", xlabel="learning rate", ylabel=f"{chosen_by} at the end", title=_legend_of(coarse, last))
    right.set(xlabel="step", ylabel=watched, title="the best rate of each")
    for axes in (left, right):
        if axes.get_legend_handles_labels()[0]:
            plain(axes.legend().get_texts())
    plain(figure.suptitle(f"{coarse.problem}: {chosen_by} against learning rate"))
    return figure


def _legend_of(coarse: Sweep, last: Sweep) -> str:
    faint = "" if last is coarse else f"{coarse.steps} steps (faint), "
    crosses = ", diverged (x)" if "diverged" in coarse.status else ""
    return f"{faint}{last.steps} steps{' (bold)' if faint else ''}, best (star){crosses}"


def _draw_rates(axes: Any, found: Sweep, name: str, sign: int, **style: Any) -> np.ndarray:
    """Draw means over seeds against rate, with bars for the spread."""
    choices = found.choices(name)
    scores = np.array([sign * choice.validation for choice in choices])
    axes.errorbar([c.rate for c in choices], scores, yerr=[c.validation_spread for c in choices], **style)
    return scores


def _draw_diverged(axes: Any, found: Sweep, name: str, row: int) -> None:
    """Draw a cross at the foot of the picture for every rate that diverged, a line of crosses per optimizer."""
    rates = np.unique(found.rate[(found.optimizer == name) & (found.status == "diverged")])
    height = np.full(len(rates), 0.03 + 0.035 * row)
    axes.plot(rates, height, "x", color=color(row), markersize=4, transform=axes.get_xaxis_transform())


def _draw_curve(axes: Any, found: Sweep, name: str, sign: int, color: str) -> np.ndarray:
    """Draw the watched value of an optimizer's best rate along the run: mean over seeds, and a band for the spread."""
    best = found.best(name)
    curves = sign * found.curve[(found.optimizer == name) & (found.rate == best.rate)]
    steps = (np.arange(curves.shape[1]) + 0.5) * found.steps / curves.shape[1]
    some = np.isfinite(curves).all(0)  # a share of a run of few steps may hold none
    steps, curves = steps[some], curves[:, some]
    curve = np.mean(curves, axis=0)
    axes.plot(steps, curve, color=color, label=f"{name} {best.rate:.3g}")
    if len(curves) > 1:
        spread = np.std(curves, axis=0, ddof=1)
        axes.fill_between(steps, curve - spread, curve + spread, color=color, alpha=0.2, linewidth=0)
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
