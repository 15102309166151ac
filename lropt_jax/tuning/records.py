"""A sweep as plain rows: for any table library, and as lines of JSON."""

import json
import math
from pathlib import Path
from typing import Any

from lropt_jax._core.whole import whole
from lropt_jax.tuning import columns, files


def records(found: Any) -> list[dict[str, Any]]:
    """A plain dict per lane of a `Sweep`. An argument or a metric that is called like a column before it gets a
    dot before its name.
    """
    names = [name for name in files.array_fields(type(found)) if name != "curve"]
    table = {name: getattr(found, name).tolist() for name in names}
    rows = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
    for place, row in enumerate(rows):
        own = columns.row(found.values, place)
        row |= {_free(name, row): own.get(name) for name in found.values}
        row |= {_free(name, row): column[place].item() for name, column in found.metrics.items()}
    return rows


def write_jsonl(found: Any, path: Any) -> None:
    """A line of JSON for each lane: the whole file or none. What is not finite is null, which every reader knows."""
    lines = [json.dumps({name: _known(item) for name, item in row.items()}) for row in records(found)]
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as (partial,):
        partial.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")


def _free(name: str, row: dict[str, Any]) -> str:
    return f".{name}" if name in row else name


def _known(item: Any) -> Any:
    return None if isinstance(item, float) and not math.isfinite(item) else item
