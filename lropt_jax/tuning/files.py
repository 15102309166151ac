"""A sweep on disk: JSON for names and settings, npz for numbers."""

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from lropt_jax._core.refusal import Refused
from lropt_jax._core.values import Optimizer
from lropt_jax._core.whole import whole
from lropt_jax.config import from_config, to_config
from lropt_jax.tuning.columns import column
from lropt_jax.tuning.numbers import read_numbers

_LARGEST_TEXT = 2**28  # bytes: more than a million lanes


def _are_words(item: Any) -> bool:
    return isinstance(item, list) and all(isinstance(word, str) for word in item)


def _are_columns(item: Any) -> bool:
    kinds = (int, float, type(None)), (str,)
    return isinstance(item, dict) and all(
        isinstance(column, list)
        and any(all(type(entry) in kind for entry in column) for kind in kinds)
        and all(abs(entry) < 2**63 for entry in column if type(entry) is int)
        for column in item.values()
    )


_SETTINGS: dict[str, Any] = {
    "problem": lambda item: isinstance(item, str),
    "score": lambda item: item is None or isinstance(item, str),
    "value": lambda item: item in ("loss", "monitor"),
    "chosen_by": lambda item: item in ("validation", "error", "training"),
    "steps": lambda item: type(item) is int and 0 < item < 2**63,
    "optimizer": _are_words,
    "status": _are_words,
    "txs": lambda item: isinstance(item, list),
    "engine": lambda item: isinstance(item, dict),
    "finished": lambda item: isinstance(item, bool),
    "values": _are_columns,
    "metrics": _are_columns,
}
_WORDS = ("optimizer", "status")  # arrays that stand in the JSON
_COLUMNS = ("values", "metrics")  # arrays by name, likewise


class NotSaved(Refused, FileNotFoundError):
    """There is no sweep at a path."""


def save(sweep: Any, path: Any) -> None:
    """Write both files beside their names first and move them there whole."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = {field.name: getattr(sweep, field.name) for field in fields(sweep)}
    arrays = {name: text.pop(name) for name in array_fields(type(sweep))}
    numbers = {name: array for name, array in arrays.items() if array.dtype.kind != "U"}
    text |= {name: array.tolist() for name, array in arrays.items() if name not in numbers}
    for name in _COLUMNS:
        text[name] = {each: _listed(column) for each, column in getattr(sweep, name).items()}
    text["txs"] = [_config(tx) for tx in sweep.txs]
    written = json.dumps(text, indent=1) + "\n"
    with whole(*_places(path)) as (npz, json_):
        with open(npz, "wb") as file:
            np.savez_compressed(file, **numbers)
        json_.write_text(written, encoding="ascii")


def load(sweep: type, path: Any) -> dict[str, Any]:
    """The arguments of the `Sweep` that was saved. Sizes are checked before memory is taken."""
    path = Path(path)
    npz, json_ = _places(path)
    try:
        names = [name for name in array_fields(sweep) if name not in _WORDS]
        text = _settings(json_, [field.name for field in fields(sweep) if field.name not in names])
        numbers = read_numbers(npz, names, lanes=len(text["optimizer"]))
        words = {name: np.array(text[name], dtype=None if text[name] else "U1") for name in _WORDS}
        held = {name: {each: column(items) for each, items in text[name].items()} for name in _COLUMNS}
        return {**text, **numbers, **words, **held, "txs": [_optimizer(config) for config in text["txs"]]}
    except FileNotFoundError as error:
        raise NotSaved(f"path must be a saved sweep, got {path}; {error}.") from None
    except Exception as error:  # whatever JSON, zip and NumPy say of files that are not theirs
        said = str(error).rstrip(".") or type(error).__name__
        raise Refused(f"path must be a saved sweep, got {path}; {said}.") from error


def array_fields(sweep: type) -> list[str]:
    """The fields that are arrays, with an entry per lane."""
    return [field.name for field in fields(sweep) if field.type is np.ndarray]


def _places(path: Path) -> tuple[Path, Path]:
    return path.with_name(path.name + ".npz"), path.with_name(path.name + ".json")


def _settings(path: Path, names: list[str]) -> dict[str, Any]:
    """The JSON file, with every setting of its kind and every list of the same length."""
    size = path.stat().st_size
    if not path.is_file() or size > _LARGEST_TEXT:
        raise Refused(f"{path.name} must be a file of at most {_LARGEST_TEXT} bytes, got {size}")
    text = json.loads(path.read_bytes())
    if isinstance(text, Mapping):
        text = {**{name: {} for name in _COLUMNS}, **text}  # older files have none
    if not isinstance(text, Mapping) or text.keys() != set(names):
        raise Refused(f"{path.name} must have the keys {', '.join(names)}")
    wrong = [name for name, admits in _SETTINGS.items() if not admits(text[name])]
    if wrong:
        raise Refused(f"{path.name} has no such {wrong[0]}")
    listed = [*(text[name] for name in (*_WORDS, "txs")), *(each for name in _COLUMNS for each in text[name].values())]
    if len({*map(len, listed)}) > 1:
        raise Refused(f"{path.name} must have an optimizer, a status, values and metrics for every lane")
    return dict(text)


def _optimizer(config: Any) -> Optimizer | None:
    tx = None if config is None else from_config(config)
    if tx is not None and not isinstance(tx, Optimizer):
        raise Refused("its txs must be optimizers")
    return tx


def _listed(column: np.ndarray) -> list[Any]:
    """A column as JSON has it: null in the place of NaN."""
    return [None if item != item else item for item in column.tolist()]


def _config(tx: Optimizer | None) -> dict[str, Any] | None:
    """The optimizer as plain data, or None where it is not of this library alone."""
    try:
        return None if tx is None else to_config(tx)
    except ValueError:
        return None
