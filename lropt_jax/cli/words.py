"""What people write to `lropt tune`: a problem, rates, optimizers, a schedule."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lropt_jax import problems, tuning
from lropt_jax._core.lifting import Factory
from lropt_jax._core.values import Optimizer, Schedule
from lropt_jax.config import parse
from lropt_jax.problems import Problem


def problem_of(text: str) -> Problem:
    """A problem of the suite by name, or a user's by file and name."""
    path, colon, name = text.rpartition(":")
    if colon and path.endswith(".py"):
        made = _from_file(Path(path), name)
    else:
        suite = problems.suite()
        if text not in suite:
            known = ", ".join(suite)
            raise ValueError(f"tune: problem must be one of {known}, or path/to/file.py:name, got {text!r}.")
        made = suite[text]
    made = made if isinstance(made, Problem) or not callable(made) else made()
    if not isinstance(made, Problem):
        raise TypeError(f"tune: problem must be a Problem or a function making one, got {made!r} for {text}.")
    return made


def _from_file(path: Path, name: str) -> Any:
    if not path.is_file():
        raise FileNotFoundError(f"tune: problem must be in a file that exists, got {path}.")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent.resolve()))
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    if not hasattr(module, name):
        held = [key for key, item in vars(module).items() if isinstance(item, Problem)]
        raise ValueError(f"tune: problem must name something in {path}, got {name!r}; its problems: {held or 'none'}.")
    return getattr(module, name)


def grid_of(text: str) -> list[float]:
    """Rates as LOW:HIGH:COUNT or with commas."""
    try:
        if ":" in text:
            low, high, count = text.split(":")
            return list(tuning.log_rates(float(low), float(high), int(count)))
        return sorted(float(rate) for rate in text.split(","))
    except ValueError as error:
        if str(error).startswith("log_rates"):
            raise
        raise ValueError(f"tune: rates must be LOW:HIGH:COUNT or numbers with commas, got {text!r}.") from None


def maker_of(text: str) -> Callable[[Any], Optimizer]:
    """How an optimizer is made from its rate, from its name or a call with `rate`."""

    def make(rate: Any) -> Optimizer:
        made = parse(text, rate=rate)
        return made(rate) if isinstance(made, Factory) else made

    made = make(1e-3)
    if not isinstance(made, Optimizer) or made == make(2e-3):
        raise ValueError(f"tune: optimizers must be names or calls with `rate`, got {text!r}.")
    return make


def shape_of(text: str, steps: int) -> Callable[[float, int], Any]:
    """A schedule of `(rate, steps)`, from its name or a call with both."""

    def shape(rate: float, steps: int) -> Schedule:
        made = parse(text, rate=rate, steps=steps)
        if isinstance(made, Factory):
            return made(rate, steps) if "steps" in made.__signature__.parameters else made(rate)
        return made

    made = shape(1.0, steps)
    if not isinstance(made, Schedule) or made == shape(2.0, steps):
        raise ValueError(f"tune: schedule must be a name or a call with `rate` and `steps`, got {text!r}.")
    return shape
