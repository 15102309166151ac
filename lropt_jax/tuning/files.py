"""A sweep on disk: JSON for names and settings, npz for numbers."""

import json
import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from lropt_jax._core.refusal import Refused
from lropt_jax._core.values import Optimizer
from lropt_jax.config import from_config, to_config


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
    text["txs"] = [_config(tx) for tx in sweep.txs]
    partial = path.with_name(path.name + ".npz.partial")
    with open(partial, "wb") as file:
        np.savez_compressed(file, **numbers)
    os.replace(partial, path.with_name(path.name + ".npz"))
    partial = path.with_name(path.name + ".json.partial")
    partial.write_text(json.dumps(text, indent=1) + "\n")
    os.replace(partial, path.with_name(path.name + ".json"))


def load(sweep: type, path: Any) -> dict[str, Any]:
    """The arguments of the `Sweep` that was saved."""
    path = Path(path)
    try:
        text = json.loads(path.with_name(path.name + ".json").read_text())
        with np.load(path.with_name(path.name + ".npz"), allow_pickle=False) as numbers:
            arrays = {name: numbers[name] if name in numbers else np.array(text[name]) for name in array_fields(sweep)}
    except FileNotFoundError as error:
        raise NotSaved(f"path must be that of a saved sweep, got {path}; {error}.") from None
    txs = [None if config is None else from_config(config) for config in text["txs"]]
    return {**text, **arrays, "txs": txs}


def array_fields(sweep: type) -> list[str]:
    """The fields that are arrays, with an entry per lane."""
    return [field.name for field in fields(sweep) if field.type is np.ndarray]


def _config(tx: Optimizer | None) -> dict[str, Any] | None:
    """The optimizer as plain data, or None where it is not of this library alone."""
    try:
        return None if tx is None else to_config(tx)
    except ValueError:
        return None
