"""A sweep on disk: JSON for names and settings, npz for numbers."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from lropt_jax._core.values import Optimizer
from lropt_jax.config import from_config, to_config

_NUMBERS = ("rate", "seed", "start", "train", "validation", "test", "curve")
_NAMES = ("optimizer", "status")
_SETTINGS = ("problem", "score", "value", "chosen_by", "steps", "engine", "finished")


def save(sweep: Any, path: Any) -> None:
    """Write both files beside their names first and move them there whole."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = {name: getattr(sweep, name) for name in _SETTINGS}
    text |= {name: getattr(sweep, name).tolist() for name in _NAMES}
    text["txs"] = [_config(tx) for tx in sweep.txs]
    numbers = path.with_name(path.name + ".npz")
    names = path.with_name(path.name + ".json")
    partial = numbers.with_suffix(".npz.partial")
    with open(partial, "wb") as file:
        np.savez_compressed(file, **{name: getattr(sweep, name) for name in _NUMBERS})
    os.replace(partial, numbers)
    partial = names.with_suffix(".json.partial")
    partial.write_text(json.dumps(text, indent=1) + "\n")
    os.replace(partial, names)


def load(path: Any) -> dict[str, Any]:
    """The arguments of the `Sweep` that was saved."""
    path = Path(path)
    try:
        text = json.loads(path.with_name(path.name + ".json").read_text())
        with np.load(path.with_name(path.name + ".npz"), allow_pickle=False) as numbers:
            text |= {name: numbers[name] for name in _NUMBERS}
    except FileNotFoundError as error:
        raise FileNotFoundError(f"Sweep.load: path must be that of a saved sweep, got {path}; {error}.") from None
    text |= {name: np.array(text[name]) for name in _NAMES}
    text["txs"] = [None if config is None else from_config(config) for config in text["txs"]]
    return text


def _config(tx: Optimizer | None) -> dict[str, Any] | None:
    """The optimizer as plain data, or None where it is not of this library alone."""
    try:
        return None if tx is None else to_config(tx)
    except ValueError:
        return None
