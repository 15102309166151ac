"""Small curves as SVG, for notebooks: they need no matplotlib, and take the text colour of the page, dark or light."""

import html
import itertools
from typing import Any

import numpy as np

from lropt_jax.report.style import COLORS

_WIDTH, _HEIGHT = 440, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 22, 22, 34  # margins in pixels
_COLUMNS = 200  # of each the lowest and the highest point is drawn


def curve_svg(x: np.ndarray, ys: Any, x_label: str, y_label: str) -> str:
    """Curves over one axis, (n,) or (curves, n). Points that are not finite leave a gap."""
    x, ys = np.asarray(x, float), np.atleast_2d(np.asarray(ys, float))[: len(COLORS)]
    finite = ys[np.isfinite(ys)]
    if not len(finite):
        raise ValueError("no point is finite")
    low, high = min(0.0, finite.min()), max(0.0, finite.max())
    first, last = x[0], x[-1]
    across = _LEFT + (_WIDTH - _LEFT - _RIGHT) * (x - first) / (last - first or 1.0)
    down = _TOP + (_HEIGHT - _TOP - _BOTTOM) * (high - ys) / (high - low or 1.0)
    lines = [_line(across, row, color) for row, color in zip(down, COLORS, strict=False)]
    texts = [*_x_axis(first, last, x_label), *_y_axis(low, high, y_label)]
    title = html.escape(f"{y_label} by {x_label}, from {ys[0][0]:.3g} to {ys[0][-1]:.3g}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" '
        f'style="max-width:100%;height:auto" role="img" font-family="sans-serif" font-size="11" fill="currentColor">'
        f"<title>{title}</title>{_frame()}{''.join(lines)}{''.join(texts)}</svg>"
    )


def _frame() -> str:
    foot = _HEIGHT - _BOTTOM
    path = f"M{_LEFT},{_TOP}V{foot}H{_WIDTH - _RIGHT}"
    return f'<path d="{path}" fill="none" stroke="currentColor" stroke-opacity="0.5"/>'


def _line(across: np.ndarray, down: np.ndarray, color: str) -> str:
    pieces = []
    for part in np.split(np.arange(len(down)), np.flatnonzero(np.diff(np.isfinite(down))) + 1):
        if np.isfinite(down[part[0]]):
            points = [f"{across[k]:.1f},{down[k]:.1f}" for k in part[_kept(down[part])]]
            pieces.append("M" + "L".join([point for point, _ in itertools.groupby(points)]))
            pieces += ["h0"] * (len(part) == 1)  # a line of no length is a dot
    style = f'fill="none" stroke="{color}" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"'
    return f'<path d="{"".join(pieces)}" {style}/>'


def _kept(heights: np.ndarray) -> np.ndarray:
    """Which of many points show the curve: the ends, and the lowest and the highest of each column."""
    if len(heights) <= 2 * _COLUMNS:
        return np.arange(len(heights))
    columns = np.array_split(np.arange(len(heights)), _COLUMNS)
    kept = {0, len(heights) - 1}
    for column in columns:
        kept |= {column[np.argmin(heights[column])], column[np.argmax(heights[column])]}
    return np.array(sorted(kept))


def _x_axis(first: float, last: float, label: str) -> list[str]:
    foot, right = _HEIGHT - _BOTTOM + 14, _WIDTH - _RIGHT
    middle = (_LEFT + right) / 2
    ends = [_text(_LEFT, foot, f"{first:,.0f}", "middle"), _text(right, foot, f"{last:,.0f}", "end")]
    return [*ends, _text(middle, foot + 10, label, "middle")]


def _y_axis(low: float, high: float, label: str) -> list[str]:
    heights = {_TOP: high, _HEIGHT - _BOTTOM: low} if high > low else {_HEIGHT - _BOTTOM: low}
    numbers = [_text(_LEFT - 6, at + 4, f"{height:.3g}", "end") for at, height in heights.items()]
    return [*numbers, _text(_LEFT - 6, 10, label, "start", -40)]


def _text(x: float, y: float, text: str, anchor: str, shift: int = 0) -> str:
    return f'<text x="{x + shift:g}" y="{y:g}" text-anchor="{anchor}">{html.escape(text)}</text>'
