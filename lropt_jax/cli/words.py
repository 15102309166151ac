"""What people write to `lropt tune`: a problem, rates, optimizers, a schedule."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lropt_jax import problems, tuning
from lropt_jax._core.factory import Factory
from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax._core.values import Optimizer, Schedule
from lropt_jax.cli.loading import loaded
from lropt_jax.config import parse
from lropt_jax.problems import Problem

_MOST_STEPS, _MOST_SEEDS, _MOST_RATES = 2**31 - 1, 1000, 1000


def problem_of(text: str) -> Problem:
    """A problem of the suite by name, or a user's by file and name."""
    path, colon, name = text.rpartition(":")
    if colon and path.endswith(".py"):
        with loaded(Path(path)) as module:
            if not hasattr(module, name):
                held = [key for key, item in vars(module).items() if isinstance(item, Problem)]
                known = f"its problems: {held or 'none'}"
                raise Refused(f"problem must name something in {path}, got {shown(name)}; {known}.")
            return _made(getattr(module, name), text)
    suite = problems.suite()
    if text not in suite:
        known = ", ".join(suite)
        raise Refused(f"problem must be one of {known}, or path/to/file.py:name, got {shown(text)}.")
    return _made(suite[text], text)


def _made(found: Any, text: str) -> Problem:
    made = found if isinstance(found, Problem) or not callable(found) else found()
    if not isinstance(made, Problem):
        raise WrongType(f"problem must be a Problem or a function making one, got {made!r} for {text}.")
    return made


def grid_of(text: str) -> list[float]:
    """Rates, read from LOW:HIGH:COUNT or numbers with commas."""
    try:
        if ":" in text:
            low, high, count = text.split(":")
            _check_at_most("rates", _MOST_RATES, int(count))
            return list(tuning.log_rates(float(low), float(high), int(count)))
        _check_at_most("rates", _MOST_RATES, text.count(",") + 1)
        return sorted(float(rate) for rate in text.split(","))
    except Refused:
        raise
    except ValueError:
        raise Refused(f"rates must be LOW:HIGH:COUNT or numbers with commas, got {shown(text)}.") from None


def check_counts(steps: int | None, seeds: int | None = None) -> None:
    """Refuse more steps than a run can count, and more seeds than anybody waits for."""
    _check_at_most("steps", _MOST_STEPS, steps)
    _check_at_most("seeds", _MOST_SEEDS, seeds)


def _check_at_most(name: str, most: int, count: int | None) -> None:
    if count is not None and count > most:
        raise Refused(f"{name} must be at most {most}, got {shown(count)}.")


def maker_of(text: str) -> Callable[[Any], Optimizer]:
    """A function from the rate to an optimizer, read from a name or a call with `rate`."""

    def make(rate: Any) -> Optimizer:
        made = parse(text, rate=rate)
        return made(rate) if isinstance(made, Factory) else made

    made = make(1e-3)
    if not isinstance(made, Optimizer) or made == make(2e-3):
        raise Refused(f"optimizers must be names or calls with `rate`, got {shown(text)}.")
    return make


def shape_of(text: str, steps: int) -> Callable[[float, int], Any]:
    """A function of `(rate, steps)` that makes a schedule, read from a name or a call with both."""

    def shape(rate: float, steps: int) -> Schedule:
        made = parse(text, rate=rate, steps=steps)
        if isinstance(made, Factory):
            return made(rate, steps) if "steps" in made.__signature__.parameters else made(rate)
        return made

    made = shape(1.0, steps)
    if not isinstance(made, Schedule) or made == shape(2.0, steps):
        raise Refused(f"schedule must be a name or a call with `rate` and `steps`, got {shown(text)}.")
    return shape
