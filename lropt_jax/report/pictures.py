"""Pictures of what was found."""

from typing import Any

import numpy as np

from lropt_jax._core.checking import checked
from lropt_jax.report.series import RATE, Series, series_of
from lropt_jax.report.style import blank, color, plain, styled
from lropt_jax.report.tables import spent
from lropt_jax.tuning import Halving, Sweep, Tuning

_INSIDE = 5  # lines whose names fit into the panels


@checked
@styled
def plot_tuning(found: Tuning | Halving | Sweep) -> Any:
    """Final held-out result against rate, and the curves of the best rates.

    Each optimizer has a line, and so has each combination of the other values that were varied: of more than 10 the
    best 10. Bars are Student's 95% intervals of the mean over seeds, bands are standard deviations. Shaded is the range
    of good rates, see `Sweep.width`: along each optimizer's line, and over the whole height for the best one. The foot
    says what was spent. Where only one rate was tried, the first other number takes its place on the axis.

    Args:
        found: What `tuning.tune`, `tuning.halving` or `tuning.sweep` found.

    Returns:
        A matplotlib figure.

    Raises:
        ImportError: matplotlib is not installed.
    """
    coarse, last = (found, found) if isinstance(found, Sweep) else (found.coarse, found.last)
    figure, (left, right) = blank(2)
    (chosen_by, sign), (watched, curve_sign) = last.units["validation"], last.units["curve"]
    across, series, many = series_of(coarse, last)
    scores, curves = [], []
    for line in series:
        if last is not coarse:
            scores.append(_draw_scores(left, line, coarse, sign, marker=".", alpha=0.4, linewidth=1))
        scores.append(_draw_scores(left, line, last, sign, marker="o", markersize=4, label=line.label))
        if line.choices(last):
            _draw_best(left, line, last, sign)
            curves.append(_draw_curve(right, line, last, curve_sign))
    for row, name in enumerate(coarse.optimizers):
        _draw_diverged(left, coarse, name, row, series)
    if across == RATE and coarse.survivors:
        _draw_good(left, coarse, last, series, sign)
    _limits(left, scores)
    _limits(right, [curve[2:] for curve in curves])
    wide = across == RATE or _spans_decades(left.get_lines())
    left.set(xscale="log" if wide else "linear", xlabel=across, ylabel=f"{chosen_by} at the end")
    left.set_title(_said(coarse, last, len(series), many))
    spread = "; band: standard deviation" if right.collections else ""
    right.set(xlabel="step", ylabel=watched, title=f"the best {'rate ' * (across == RATE)}of each{spread}")
    _name_lines(figure, len(series) > _INSIDE, _meaning(last, shaded=across == RATE))
    plain(figure.suptitle(f"{coarse.problem}: {chosen_by} against {across}"))
    plain(figure.supxlabel(spent(found), fontsize=8))
    return figure


def _said(coarse: Sweep, last: Sweep, drawn: int, many: int) -> str:
    faint = "" if last is coarse else f"{coarse.steps} steps (faint), "
    crosses = ", diverged (x)" if "diverged" in coarse.status else ""
    most = f", {drawn} best of {many} lines" if many > drawn else ""
    return f"{faint}{last.steps} steps{' (bold)' if faint else ''}, best (star){crosses}{most}"


def _meaning(last: Sweep, *, shaded: bool) -> str:
    """What bars and shades mean."""
    seeds = max((choice.seeds for name in last.optimizers for choice in last.choices(name)), default=1)
    bars = f"bars: 95% interval, {seeds} seeds" if seeds > 1 else "one seed: no interval"
    return f"{bars}\nshaded: good rates" if shaded else bars


def _name_lines(figure: Any, beside: bool, meaning: str) -> None:
    """Put names to the lines: inside each panel, or of many lines once beside both."""
    left, right = figure.axes
    if beside:
        figure.set_size_inches(13.4, 3.8)
        plain(figure.legend(*right.get_legend_handles_labels(), loc="outside right upper", title=meaning).get_texts())
        return
    for axes, title in ((left, meaning), (right, "")):
        if axes.get_legend_handles_labels()[0]:
            plain(axes.legend(title=title).get_texts())


def _draw_scores(axes: Any, line: Series, found: Sweep, sign: int, **style: Any) -> np.ndarray:
    """Draw means over seeds, with bars for their intervals."""
    choices = line.choices(found)
    scores = np.array([sign * choice.validation for choice in choices])
    bars = np.nan_to_num([choice.validation_interval for choice in choices])
    axes.errorbar([line.place(choice) for choice in choices], scores, yerr=bars, **line.look, **style)
    return scores


def _draw_best(axes: Any, line: Series, found: Sweep, sign: int) -> None:
    best = line.best(found)
    star = {"color": line.look["color"], "markersize": 13, "markeredgecolor": "w", "zorder": 5}
    axes.plot(line.place(best), sign * best.validation, "*", **star)


def _draw_good(axes: Any, coarse: Sweep, last: Sweep, series: list[Series], sign: int) -> None:
    """Shade the range of good rates of each optimizer along its line, and that of the best one as a whole."""
    winner = last.best().optimizer
    for name in coarse.survivors:
        best, (low, high) = coarse.best(name), coarse.good(name)
        lines = [line for line in series if line.holds(best)]
        for line in lines:
            inside = [choice for choice in line.choices(coarse) if low <= choice.rate <= high]
            shade = {"color": line.look["color"], "alpha": 0.18, "linewidth": 9, "solid_capstyle": "round", "zorder": 1}
            axes.plot([choice.rate for choice in inside], [sign * choice.validation for choice in inside], **shade)
            if name == winner and low < high:
                axes.axvspan(low, high, color=line.look["color"], alpha=0.08, linewidth=0, zorder=0)


def _draw_diverged(axes: Any, found: Sweep, name: str, row: int, series: list[Series]) -> None:
    """Draw a cross at the foot of the picture for every rate that diverged, a line of crosses per optimizer."""
    looks = [line.look["color"] for line in series if line.optimizer == name] or [color(row)]
    lost = np.flatnonzero((found.optimizer == name) & (found.status == "diverged")).tolist()
    places = np.unique([line.place_of(found, lane) for line in series[:1] for lane in lost])
    height = np.full(len(places), 0.03 + 0.035 * row)
    axes.plot(places, height, "x", color=looks[0], markersize=4, transform=axes.get_xaxis_transform())


def _draw_curve(axes: Any, line: Series, found: Sweep, sign: int) -> np.ndarray:
    """Draw the watched value of a line's best rate along the run: mean over seeds, and a band for its interval."""
    best = line.best(found)
    curves = sign * found.curve[found.alike(best) & (found.rate == best.rate)]
    steps = (np.arange(curves.shape[1]) + 0.5) * found.steps / curves.shape[1]
    some = np.isfinite(curves).all(0)  # a share of a run of few steps may hold none
    steps, curves = steps[some], curves[:, some]
    curve = np.mean(curves, axis=0)
    verdict = found.verdict(best)
    axes.plot(steps, curve, label=f"{line.optimizer} {best.setting}{verdict and f': {verdict}'}", **line.look)
    if len(curves) > 1:
        spread = np.std(curves, axis=0, ddof=1)
        axes.fill_between(steps, curve - spread, curve + spread, color=line.look["color"], alpha=0.2, linewidth=0)
    return curve


def _spans_decades(lines: Any) -> bool:
    places = np.concatenate([np.asarray(line.get_xdata(), float) for line in lines] or [np.zeros(0)])
    return len(places) > 0 and places.min() > 0 and places.max() >= 10 * places.min()


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
