"""Read the golden values."""

import json
from pathlib import Path
from typing import Any

import numpy as np

_FOLDER = Path(__file__).parent / "golden"


def schedule_cases(name: str, library: str = "torch") -> dict[str, dict[str, Any]]:
    """Cases of a scheduler by name, those with one parameter group."""
    cases = json.loads((_FOLDER / "schedules" / f"{library}__{name}.json").read_text())["cases"]
    return {case["name"]: case for case in cases if np.ndim(case["lrs"]) == 1}


def optimizer_cases(name: str) -> dict[str, dict[str, Any]]:
    """Cases of an optimizer by name, with their problem."""
    file = json.loads((_FOLDER / "optimizers" / f"torch__{name}.json").read_text())
    return {case["name"]: case | {"given": file["problems"][case["problem"]]} for case in file["cases"]}


def trajectory(case: dict[str, Any], key: str = "x") -> np.ndarray:
    return np.array([params[key] for params in case["trajectory"]])
