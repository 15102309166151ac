"""Read the golden values."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from laws import x64

_FOLDER = Path(__file__).parent / "golden"


def schedule_cases(name: str, library: str = "torch") -> dict[str, dict[str, Any]]:
    """Cases of a scheduler by name, those with one parameter group."""
    cases = json.loads((_FOLDER / "schedules" / f"{library}__{name}.json").read_text())["cases"]
    return {case["name"]: case for case in cases if np.ndim(case["lrs"]) == 1}


def group_cases(name: str, library: str = "torch") -> dict[str, dict[str, Any]]:
    """Cases of a scheduler by name, those with several parameter groups; `lrs` and `base_lr` by group."""
    cases = json.loads((_FOLDER / "schedules" / f"{library}__{name}.json").read_text())["cases"]
    return {case["name"]: case | {"lrs": np.transpose(case["lrs"])} for case in cases if np.ndim(case["lrs"]) == 2}


def assert_rates(schedule: Any, expected: Any) -> None:
    """The schedule has these rates: to 1e-12 under x64, and each to a millionth of itself in float32."""
    noise = 1e-15 * np.max(expected)
    with x64():
        np.testing.assert_allclose(first_rates(schedule, len(expected)), expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(first_rates(schedule, len(expected)), expected, rtol=1e-6, atol=noise)


def first_rates(schedule: Any, number: int) -> np.ndarray:
    """The rates of so many steps. One operation at a time, for arrays of few lengths, each of which JAX compiles."""
    return np.asarray(schedule(np.arange(-(-number // 128) * 128)))[:number]


def optimizer_cases(name: str, library: str = "torch") -> dict[str, dict[str, Any]]:
    """Cases of an optimizer by name, with their problem."""
    file = json.loads((_FOLDER / "optimizers" / f"{library}__{name}.json").read_text())
    return {case["name"]: case | {"given": file["problems"][case["problem"]]} for case in file["cases"]}


def trajectory(case: dict[str, Any], key: str = "x") -> np.ndarray:
    return np.array([params[key] for params in case["trajectory"]])


def controller_cases(name: str, library: str = "torch") -> dict[str, dict[str, Any]]:
    """Cases of a controller by name, with their metrics and the rates after each."""
    cases = json.loads((_FOLDER / "controllers" / f"{library}__{name}.json").read_text())["cases"]
    return {case["name"]: case for case in cases}
