"""The loss along an update: whether the step is too long, at a glance."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import times, wide
from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import Size
from lropt_jax._core.scalar_loss import ScalarLoss
from lropt_jax._core.vectors import norm
from lropt_jax.diagnostics import critical_rate
from lropt_jax.report.style import INK, blank, color, plain, styled

_REACH = 16.0  # up to this multiple, and from one over it, the loss is always shown
_ROOM = 1.2  # falls of the loss that fit above its present value


class _Curves(NamedTuple):
    """The loss at multiples of the update, and at as long steps against the gradient."""

    multiples: np.ndarray
    along: np.ndarray
    against: np.ndarray
    here: float
    critical: float

    @property
    def best(self) -> float | None:
        """The multiple with the lowest loss, where there is one below the present loss."""
        finite = np.where(np.isfinite(self.along), self.along, np.inf)
        place = int(np.argmin(finite))
        return float(self.multiples[place]) if finite[place] < self.here else None


@checked
@styled
def plot_landscape(
    loss: Callable[[optax.Params], ArrayLike],
    params: optax.Params,
    update: optax.Updates,
    *,
    points: Size = 65,
    ax: Any = None,
) -> Any:
    """The loss along multiples of an update, and along the gradient: it shows whether the rate is too high or too low.

    The axis is that of the rate: at 1 stands the step that the optimizer makes, at 2 that of twice the rate. The dotted
    line is the present loss. Left of the critical multiple the step lowers the loss. If 1 is right of it, the rate is
    too high on this batch; if 1 is far left of the best multiple, a larger rate would do more in this one step. Over
    many steps the best rate is often lower than that of one step. The second curve goes as far against the gradient: if
    it falls much deeper, the update has another direction, as that of momentum may.

    Args:
        loss: A function of the parameters alone, which returns one float. Take the batch of the update.
        params: The parameters before the update.
        update: What the optimizer's `update` returned.
        points: How many multiples to draw, a whole number >= 1. They go from 1/16 to 16, and further where the
            critical one is outside.
        ax: The matplotlib axes to draw into. None: a new figure.

    Returns:
        A matplotlib figure. A loss that is not finite is a cross at the top.

    Raises:
        TypeError: `loss` is no function of the parameters, or returns more than a number.
        ValueError: `loss` returns an array, `params` has no floats, or `update` is not like `params`.
        ImportError: matplotlib is not installed.

    Example:
        >>> import jax.numpy as jnp
        >>> figure = plot_landscape(lambda x: x @ x, jnp.ones(3), -0.3 * jnp.ones(3), points=9)
    """
    curves = _measured(loss, params, update, points)
    figure, axes = blank(1) if ax is None else (ax.get_figure(), ax)
    low, high = _limits(curves)
    for place, (name, values) in enumerate(
        (("against the gradient", curves.against), ("along the update", curves.along))
    ):
        look = {"color": color(1 - place), "linewidth": 1.4 + place, "linestyle": "-" if place else "--"}
        axes.plot(curves.multiples, np.where(np.isfinite(values), values, np.nan), label=name, **look)
        lost = curves.multiples[~np.isfinite(values)]
        axes.plot(lost, np.full(len(lost), 0.97 - 0.04 * place), "x", color=look["color"], markersize=4,
                  transform=axes.get_xaxis_transform())  # fmt: skip
    if np.isfinite(curves.here):
        axes.axhline(curves.here, color=INK, linestyle=":", linewidth=1, label="the present loss")
    axes.axvline(1, color=INK, linewidth=1, label="this update")
    _mark(axes, curves)
    axes.set_xscale("log", base=2)
    axes.set(xlabel="multiple of the rate (1: this update)", ylabel="loss", title=_said(curves), ylim=(low, high))
    axes.xaxis.set_major_formatter(lambda number, _: f"{number:.4g}" if number >= 1 else f"1/{1 / number:.4g}")
    plain(axes.title, *axes.legend(loc="best").get_texts())
    return figure


def _measured(loss: Callable, params: optax.Params, update: optax.Updates, points: int) -> _Curves:
    scalar = ScalarLoss.of("loss", loss, params)
    update = scalar.step("update", update)
    critical = float(critical_rate(loss, params, update))
    inside = 0 < critical < np.inf
    low, high = (min(1 / _REACH, critical / 16), max(_REACH, critical * 4)) if inside else (1 / _REACH, _REACH)
    multiples = np.geomspace(low, high, points)

    @jax.jit
    def values(update: Any) -> tuple:
        here, grads = jax.value_and_grad(scalar.value)(scalar.start)
        length = norm(grads)
        share = -norm(update) / jnp.where(length > 0, length, 1)
        against = jax.tree.map(lambda g: times(share, jnp.conj(wide(g))), grads)
        along = [
            jax.lax.map(lambda multiple, step=step: scalar.value(scalar.moved(step, multiple)), jnp.asarray(multiples))
            for step in (update, against)
        ]
        return here, *along

    here, along, against = values(update)
    return _Curves(multiples, np.asarray(along), np.asarray(against), float(here), critical)


def _limits(curves: _Curves) -> tuple[float, float]:
    """The range of losses to show: the fall, and about as much above the present loss. What rises further leaves it."""
    here = curves.here if np.isfinite(curves.here) else 0.0
    along, against = (values[np.isfinite(values)] for values in (curves.along, curves.against))
    low, rise = min(along.min(initial=here), against.min(initial=here), here), along.max(initial=here) - here
    fall = here - low
    if here - along.min(initial=here) <= 1e-4 * min(rise, abs(here)):  # it falls nowhere: show how it rises
        fall = max(fall, np.median(np.abs(along - here)) if len(along) else 0.0)
    fall = fall or abs(here) or 1.0
    return low - 0.1 * fall, here + max(min(rise, _ROOM * fall), 0.1 * fall) + 0.05 * fall


def _mark(axes: Any, curves: _Curves) -> None:
    """Mark the best and the critical multiple."""
    style = {"color": color(0), "zorder": 5, "linestyle": "none"}
    if curves.best is not None:
        height = np.interp(curves.best, curves.multiples, curves.along)
        axes.plot(
            curves.best, height, "*", markersize=13, markeredgecolor="w", label=f"best: {_brief(curves.best)}", **style
        )
    if 0 < curves.critical < np.inf:
        axes.plot(curves.critical, curves.here, "o", markersize=7, markerfacecolor="w", markeredgewidth=1.8,
                  label=f"critical: {_brief(curves.critical)}", **style)  # fmt: skip


def _said(curves: _Curves) -> str:
    """What the picture shows, in words."""
    if not np.isfinite(curves.here):
        return "the loss is not finite here"
    if curves.critical == 0:
        return "no multiple lowers the loss: no descent direction"
    if curves.critical < 1:
        return f"this update raises the loss: it is {_brief(1 / curves.critical)} times the critical one"
    if curves.best is None:
        return "no multiple that is drawn lowers the loss"
    if curves.critical == np.inf:
        return f"best of these: {_brief(curves.best)} times the rate; none up to 1024 raises the loss"
    return f"best: {_brief(curves.best)} times the rate; the loss rises from {_brief(curves.critical)} on"


def _brief(number: float) -> str:
    return f"{number:.2g}" if number < 100 else f"{number:.0f}"
