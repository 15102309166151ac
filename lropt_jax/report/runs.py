"""Pictures of a run: what its record says."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lropt_jax._core.checking import checked
from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax.report.style import INK, blank, color, fit, looks, plain, styled

_NEEDED = ("step", "rate", "value", "value_mean", "value_std", "sharpness", "limit", "ratio", "group_ratio", "groups")
_MOST_GROUPS = 10
_NOTHING = {"color": "#6b7480", "ha": "center", "va": "center", "fontsize": 9}


@checked
@styled
def plot_run(record: dict[str, Any], *, events: Sequence[Any] = (), title: str = "") -> Any:
    """Draw a record: the loss, the rate, the sharpness against its limit, and the update ratios by group.

    The loss is the mean since the row before, in a band of one standard deviation; a record without the loss of the
    steps between shows the loss itself. A loss that is not finite has a cross at the foot. Of more than 10 groups the
    ratios of the 10 whose median is farthest from that of all are drawn, and the others faint. An empty panel says what
    was not measured.

    Args:
        record: What `diagnostics.record(state)` gave for one run.
        events: What happened: each has a `step` and a `kind`, as fields or as keys. Each kind has a mark of its own
            across all panels.
        title: Text above the picture. Empty: no title.

    Returns:
        A matplotlib figure.

    Raises:
        TypeError: `record` is no dict, such as the list that lanes give.
        ValueError: `record` is not one of `diagnostics.record`, or an event has no step or no kind.
        ImportError: matplotlib is not installed.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.diagnostics import record, watch
        >>> from lropt_jax.optimizers import sgd
        >>> tx, params = watch(sgd(0.1)), jnp.ones(2)
        >>> _, state = tx.update(params, tx.init(params), params, value=1.0)
        >>> figure = plot_run(record(state), events=[{"step": 0, "kind": "start"}])
    """
    _check(record)
    marks = [_mark(event) for event in events]
    figure, ((loss, rate), (steep, ratios)) = blank(2, rows=2)
    _draw_loss(loss, record)
    _draw_curves(rate, record, {"learning rate": record["rate"]}, "no rate recorded", color(0))
    _draw_sharpness(steep, record)
    _draw_ratios(ratios, record)
    for axes in (loss, rate, steep, ratios):
        _draw_events(axes, marks)
        axes.set_xlabel("step")
        axes.xaxis.get_major_locator().set_params(integer=True)
    _name_events(figure, marks)
    if title:
        plain(figure.suptitle(title))
    return figure


def _check(record: Any) -> None:
    if not isinstance(record, Mapping):
        remedy = "; give one of them" if isinstance(record, list) else ""
        raise WrongType(f"record must be a dict, as record(state) gives for one run, got {shown(record)}{remedy}.")
    lacking = [name for name in _NEEDED if name not in record]
    if lacking:
        raise Refused(f"record must have {lacking[0]!r}, got {shown(sorted(record))}; give record(state).")


def _mark(event: Any) -> tuple[float, str]:
    """The step and the kind of an event."""
    found: list[Any] = [
        event.get(name) if isinstance(event, Mapping) else getattr(event, name, None) for name in ("step", "kind")
    ]
    if None in found:
        raise Refused(f"events must have a step and a kind each, got {shown(event)}.")
    return float(found[0]), str(found[1])


def _draw_loss(axes: Any, record: Mapping[str, Any]) -> None:
    steps, value, mean, spread = (
        np.asarray(record[name], float) for name in ("step", "value", "value_mean", "value_std")
    )
    loss = np.where(np.isnan(mean), value, mean)
    good = np.isfinite(loss)
    some = good & np.isfinite(spread)
    _draw_curves(axes, record, {"loss": loss}, "no loss recorded", color(0))
    axes.fill_between(steps[some], (loss - spread)[some], (loss + spread)[some], color=color(0), alpha=0.2, linewidth=0)
    lost = steps[~good & ~np.all(np.isnan(np.stack([value, mean])))]
    if good.any():
        fit(axes, loss[good])
        axes.plot(
            lost, np.full(len(lost), 0.03), "x", color=color(1), markersize=5, transform=axes.get_xaxis_transform()
        )
    if some.any():
        axes.set_title("band: standard deviation since the row before")


def _draw_sharpness(axes: Any, record: Mapping[str, Any]) -> None:
    known = {"sharpness": record["sharpness"]}
    _draw_curves(axes, record, known, "no sharpness measured: watch(..., sharpness=loss)", color(0))
    limit = np.asarray(record["limit"], float)
    some = np.isfinite(limit)
    if some.any() and np.isfinite(np.asarray(record["sharpness"], float)).any():
        steps, dot = np.asarray(record["step"])[some], "_" if some.sum() == 1 else ""
        axes.plot(steps, limit[some], color=INK, linestyle="--", marker=dot, label="limit at this rate")
        axes.set_yscale("log")
        axes.legend()


def _draw_ratios(axes: Any, record: Mapping[str, Any]) -> None:
    """The update ratios by group, or of the whole where there is one group."""
    groups, by_group = list(record["groups"]), np.asarray(record["group_ratio"], float)
    named = {name: by_group[:, place] for place, name in enumerate(groups)} if len(groups) > 1 else {}
    chosen = _outliers(named)
    faint = {name: curve for name, curve in named.items() if name not in chosen}
    for curve in faint.values():
        axes.plot(np.asarray(record["step"]), _positive(curve), color="#c9ced6", linewidth=0.8, zorder=1)
    curves = {name: _positive(named[name]) for name in chosen} or {"all": _positive(record["ratio"])}
    _draw_curves(axes, record, curves, "no update ratio: call update with params")
    axes.set(ylabel="update / parameters")
    if any(np.isfinite(curve).any() for curve in curves.values()):
        axes.set_yscale("log")
        if len(curves) > 1:
            plain(axes.legend(loc="upper left", bbox_to_anchor=(1, 1)).get_texts())


def _outliers(named: Mapping[str, np.ndarray]) -> list[str]:
    """The groups to name: all, or the 10 that are farthest from the others, in their order."""
    if len(named) <= _MOST_GROUPS:
        return list(named)
    with np.errstate(all="ignore"):
        middle = {name: np.nanmedian(np.log(_positive(curve))) if np.isfinite(_positive(curve)).any() else np.nan
                  for name, curve in named.items()}  # fmt: skip
        far = {name: abs(place - np.nanmedian(list(middle.values()))) for name, place in middle.items()}
    worst = sorted(far, key=lambda name: -np.nan_to_num(far[name], nan=-1))[:_MOST_GROUPS]
    return [name for name in named if name in worst]


def _positive(curve: Any) -> np.ndarray:
    """What a logarithmic axis can show."""
    curve = np.asarray(curve, float)
    return np.where(curve > 0, curve, np.nan)


def _draw_curves(axes: Any, record: Mapping[str, Any], curves: Mapping[str, Any], nothing: str, ink: str = "") -> None:
    """Curves against steps, with dots where they have few points; or words for what was not measured."""
    steps = np.asarray(record["step"])
    axes.set_ylabel(next(iter(curves)))
    for (name, curve), look in zip(curves.items(), looks(), strict=False):
        some = np.isfinite(np.asarray(curve, float))
        dots = {"marker": "o", "markersize": 4} if some.sum() < 12 else {}
        axes.plot(
            steps[some], np.asarray(curve)[some], label=name, **{**look, **({"color": ink} if ink else {})}, **dots
        )
    if not any(np.isfinite(np.asarray(curve, float)).any() for curve in curves.values()):
        axes.text(0.5, 0.5, nothing, transform=axes.transAxes, **_NOTHING)
        axes.set_yticks([])


def _draw_events(axes: Any, marks: Sequence[tuple[float, str]]) -> None:
    """A line down the panel at each event, in the look of its kind."""
    for step, kind in marks:
        axes.axvline(step, zorder=0.5, **_look(kind, marks))


def _name_events(figure: Any, marks: Sequence[tuple[float, str]]) -> None:
    """Say below the panels what the lines are."""
    if marks:
        from matplotlib.lines import Line2D

        lines = {kind: Line2D([], [], **_look(kind, marks)) for _, kind in marks}
        plain(figure.legend(list(lines.values()), list(lines), loc="outside lower center", ncols=5).get_texts())


def _look(kind: str, marks: Sequence[tuple[float, str]]) -> dict[str, Any]:
    """The look of a kind of event: not the colour of the curves, and another dash where colours repeat."""
    place = list(dict.fromkeys(other for _, other in marks)).index(kind)
    return {"color": color(1 + place % 6), "linestyle": ("--", ":", "-.")[place // 6 % 3], "linewidth": 1.2}
