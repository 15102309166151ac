"""Rules and runs as HTML: what a notebook shows at the end of a cell."""

import base64
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import jax
import numpy as np

from lropt_jax import schedules
from lropt_jax._core.brief import brief
from lropt_jax._core.limits import cut
from lropt_jax._core.showing import code
from lropt_jax._core.spelling import spell
from lropt_jax._core.values import Schedule, Value
from lropt_jax.report.marks import span
from lropt_jax.report.vector import curve_svg

_POINTS = 2001  # always as many, so that one program serves all schedules of a form
_MOST = 6  # pictures of one rule
_LEFT = 'style="text-align:left"'


def page(value: Any) -> str:
    """A schedule, an optimizer, a rate or a solution as HTML: its text, its arguments and its curves.

    Args:
        value: A value, or what `solve` returns.

    Returns:
        HTML that needs nothing else. All text of the value is escaped.

    Example:
        >>> from lropt_jax.schedules import cosine
        >>> page(cosine(0.1, 100)).startswith("<div>")
        True
    """
    if isinstance(value, Schedule):
        return f"<div>{code(value)}<br>{_curve(value, 'learning rate')}</div>"
    if isinstance(value, Value):
        return f"<div>{code(value)}{_table(_spelled(value.arguments))}{''.join(_pictures(value))}</div>"
    watched = np.asarray(value.values)
    facts = {name: brief(item) for name, item in zip(value._fields, value, strict=True)}
    if watched.ndim == 1 and len(watched):
        facts["values"] = f"{facts['values']}, from {watched[0]:.6g} to {watched[-1]:.6g}"
    return f"<div>{_table(facts)}{_watched(watched)}</div>"


def embedded(figure: Any) -> str:
    """A figure of this room as HTML, with a white ground: it reads the same on a dark page."""
    png = base64.b64encode(figure._repr_png_()).decode()
    return f'<img style="max-width:100%" alt="picture" src="data:image/png;base64,{png}">'


def _spelled(arguments: Mapping[str, Any]) -> dict[str, str]:
    return {name: cut(spell(argument)) for name, argument in arguments.items()}


def _table(facts: Mapping[str, str]) -> str:
    rows = [f"<tr><th {_LEFT}>{escape(name)}</th><td {_LEFT}>{escape(fact)}</td></tr>" for name, fact in facts.items()]
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


def _pictures(value: Value) -> list[str]:
    """The curves of the schedules among the arguments, as far as they can be drawn."""
    found = []
    for name, schedule in _found("", value.arguments):
        try:
            found.append(f"<div><b>{escape(name)}</b><br>{_curve(schedule, _quantity(name))}</div>")
        except Exception:  # of somebody's own; the others are still worth showing
            continue
    return found[:_MOST]


def _found(name: str, item: Any) -> Iterator[tuple[str, Schedule]]:
    """The schedules of an argument, and of the values inside it, with where they stand."""
    if isinstance(item, Schedule):
        yield name, item
    elif isinstance(item, Value):
        yield from _found(name, item.arguments)
    elif isinstance(item, Mapping):
        for key, inner in item.items():
            yield from _found(f"{name}.{key}" if name else str(key), inner)
    elif isinstance(item, (tuple, list)) and not isinstance(item, str):
        for place, inner in enumerate(item):
            yield from _found(f"{name}[{place}]", inner)


def _quantity(name: str) -> str:
    """What a schedule gives, by where it stands: `weight_decay` of an optimizer, say."""
    return "learning rate" if "learning_rate" in name else name.rpartition(".")[2].partition("[")[0].replace("_", " ")


def _curve(schedule: Schedule, quantity: str) -> str:
    steps = span(schedule)
    at = np.linspace(0, steps, _POINTS).round().astype(np.int32 if steps < 2**31 else np.float32)
    rates = np.asarray(schedule.host_rate(at) if _on_host(schedule) else _rates(schedule, at).T)
    return curve_svg(at, np.broadcast_to(rates, (*rates.shape[:-1], len(at))), "step", quantity)


def _on_host(schedule: Value) -> bool:
    """Whether NumPy finds the rates. JAX would compile each operation, so all of them are compiled as one instead."""
    parts = jax.tree.leaves(schedule, is_leaf=lambda part: isinstance(part, Value) and part is not schedule)
    own = getattr(schedule.factory, "__module__", "").startswith(f"{schedules.__name__}.")
    return own and all(_on_host(part) if isinstance(part, Value) else type(part) in (int, float) for part in parts)


@jax.jit
def _rates(schedule: Schedule, at: jax.Array) -> jax.Array:
    """The rates (steps, ...): of several schedules in one value, side by side."""
    return jax.vmap(schedule)(at)


def _watched(values: np.ndarray) -> str:
    """The curve of what a problem watched; of several runs, side by side, a curve each."""
    try:
        return curve_svg(np.arange(values.shape[-1]), values.reshape(-1, values.shape[-1]), "step", "watched value")
    except (ValueError, IndexError):  # nothing is finite, or there is no step
        return ""
