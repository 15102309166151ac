"""A record as a table."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lropt_jax._core.checking import checked
from lropt_jax._core.extras import require
from lropt_jax._core.refusal import Refused

_COLUMNS = {
    "rate": "rate",
    "loss": "value_mean",
    "its noise": "value_std",
    "gradient": "grad_norm",
    "update / size": "ratio",
    "cosine": "cosine_grads",
    "sharpness": "sharpness",
    "limit": "limit",
}


@checked
def run_table(record: Mapping[str, Any], *, rows: int = 12) -> Any:
    """A rich table of some rows of a record, evenly spaced, the first and the last among them.

    A column that is unknown everywhere is left out.

    Args:
        record: What `diagnostics.record` gives.
        rows: How many rows are shown at most, >= 1.

    Returns:
        A `rich.table.Table`.

    Raises:
        ValueError: The record has no steps.
        ImportError: rich is not installed.
    """
    if "step" not in record:
        raise Refused(f"record must have steps, got {', '.join(record) or 'nothing'}; give diagnostics.record(state).")
    steps = np.asarray(record["step"])
    table = require("rich.table").Table(show_edge=False)
    table.add_column("step", justify="right")
    shown = {title: column for title, name in _COLUMNS.items() if (column := _column(record, name)) is not None}
    for title in shown:
        table.add_column(title, justify="right")
    for place in np.unique(np.linspace(0, len(steps) - 1, min(rows, len(steps))).round().astype(int)):
        table.add_row(f"{steps[place]:.0f}", *(_cell(column[place]) for column in shown.values()))
    return table


def _column(record: Mapping[str, Any], name: str) -> np.ndarray | None:
    """A column, if it is known anywhere. The loss is its mean since the row before, or at the row."""
    column = np.asarray(record.get(name, np.nan), float)
    if name == "value_mean" and "value" in record:
        value = np.asarray(record["value"], float)
        column = np.where(np.isnan(column) & np.isfinite(value), value, column)
    return None if np.isnan(column).all() and name != "value_mean" else np.broadcast_to(column, len(record["step"]))


def _cell(number: float) -> str:
    return "-" if np.isnan(number) else f"{number:.3g}"
