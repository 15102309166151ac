"""A record as plain rows, for files and for trackers of experiments."""

from typing import Any

import numpy as np

from lropt_jax._core.checking import checked
from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import Refused, WrongType

_QUANTILES = ("min", "q25", "median", "q75", "max")


@checked
def to_records(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Turn a record into a list of flat dicts of Python's numbers, one for each row.

    Choose it to write a run to JSONL, TensorBoard, Weights & Biases or MLflow; docs/diagnosis.md shows how.

    Args:
        record: What `diagnostics.record(state)` gave for one run.

    Returns:
        For each row a dict with `step` and the numbers by name. What a group says has its name behind a slash:
        `group_ratio/encoder`; the quantiles of its effective rates are `group_rate_min`, `_q25`, `_median`, `_q75` and
        `_max`. A name that is NaN in every row is left out: it was not measured. A loss that is NaN stays in.

    Raises:
        TypeError: `record` is no dict, such as the list that lanes give.
        ValueError: `record` is not one of `diagnostics.record`: something is missing, or has another length.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.diagnostics import record, watch
        >>> from lropt_jax.optimizers import sgd
        >>> tx, params = watch(sgd(0.5), every=1), {"w": jnp.array([3.0, 4.0])}
        >>> _, state = tx.update(params, tx.init(params), params)
        >>> row = to_records(record(state))[0]
        >>> row["step"], row["ratio"], row["group_ratio/w"], "value" in row
        (0, 0.5, 0.5, False)
    """
    columns = _columns(record)
    known = {name: column for name, column in columns.items() if not np.all(np.isnan(column))}
    steps = np.asarray(record["step"])
    return [
        {"step": int(step)} | {name: float(column[row]) for name, column in known.items()}
        for row, step in enumerate(steps)
    ]


def _columns(record: Any) -> dict[str, np.ndarray]:
    """All numbers of a record but the step, (rows,) each, by the names of flat rows."""
    if not isinstance(record, dict):
        remedy = "; give one of them" if isinstance(record, list) else ""
        raise WrongType(f"record must be a dict, as record(state) gives for one run, got {shown(record)}{remedy}.")
    lacking = [name for name in ("step", "groups") if name not in record]
    if lacking:
        raise Refused(f"record must have {lacking[0]!r}, got {shown(sorted(record))}; give record(state).")
    rows, groups, columns = len(record["step"]), list(record["groups"]), {}
    for name, numbers in record.items():
        if name in ("step", "groups", "lost"):
            continue
        array = np.asarray(numbers, float)
        shape = (rows, *((len(groups), len(_QUANTILES))[: array.ndim - 1]))
        if array.shape != shape:
            raise Refused(f"record[{name!r}] must have the shape {shape}, got {array.shape}; give record(state).")
        columns.update(_flat(name, array, groups))
    return columns


def _flat(name: str, array: np.ndarray, groups: list[str]) -> dict[str, np.ndarray]:
    if array.ndim == 1:
        return {name: array}
    if array.ndim == 2:
        return {f"{name}/{group}": array[:, place] for place, group in enumerate(groups)}
    return {
        f"{name}_{quantile}/{group}": array[:, place, column]
        for place, group in enumerate(groups)
        for column, quantile in enumerate(_QUANTILES)
    }
