"""Optuna's samplers by name."""

import importlib.util
from collections.abc import Sequence
from typing import Any

from lropt_jax._core.extras import NotInstalled, require
from lropt_jax._core.refusal import Refused


def sampler_of(name: str | None, pairs: Sequence[tuple[str, float]]) -> Any:
    """A sampler for optimizers and rates within a grid. None: one that is never asked."""
    samplers = require("optuna.samplers")
    if name is not None and len({rate for _, rate in pairs}) == 1:
        raise Refused(f"sampler must be None for a grid of one rate, got {name!r}; give two rates or more.")
    match name:
        case "tpe":
            return samplers.TPESampler(constant_liar=True)  # it keeps away from what other workers are at
        case "gp":
            if not all(map(importlib.util.find_spec, ("torch", "scipy"))):  # Optuna imports them at its first choice
                raise NotInstalled("the sampler gp needs torch and SciPy; pip install torch scipy.")
            return samplers.GPSampler()
    return samplers.RandomSampler()
