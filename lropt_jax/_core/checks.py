"""Refuse a bad argument in one line that names the owner, the argument, the rule and the value."""

import contextlib
import contextvars
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from lropt_jax._core.numbers import is_number

_suspended = contextvars.ContextVar("_suspended", default=False)


@contextlib.contextmanager
def suspended() -> Iterator[None]:
    """Let numbers pass unchecked: those of a value were checked when a person made it."""
    token = _suspended.set(True)
    try:
        yield
    finally:
        _suspended.reset(token)


def positive(owner: str, **arguments: Any) -> None:
    """Refuse numbers that are not finite and above 0."""
    _check(owner, arguments, "finite and > 0", lambda number: number > 0)


def nonnegative(owner: str, **arguments: Any) -> None:
    """Refuse numbers that are not finite and at least 0."""
    _check(owner, arguments, "finite and >= 0", lambda number: number >= 0)


def finite(owner: str, **arguments: Any) -> None:
    """Refuse numbers that are not finite."""
    _check(owner, arguments, "finite", np.isfinite)


def at_least(owner: str, least: Any, named: str = "", **arguments: Any) -> None:
    """Refuse numbers below a bound, or below another argument, which is then named in the error; all may be traced."""
    if not isinstance(least, jax.core.Tracer):
        bound = f"{named}, {least}" if named else least
        _check(owner, arguments, f"finite and >= {bound}", lambda number: number >= np.asarray(least))


def above(owner: str, bound: Any, named: str, **arguments: Any) -> None:
    """Refuse numbers not above another argument, which is named in the error; all may be traced."""
    if not isinstance(bound, jax.core.Tracer):
        _check(owner, arguments, f"finite and > {named}, {bound}", lambda number: number > np.asarray(bound))


def equal(owner: str, expected: Any, **arguments: Any) -> None:
    """Refuse numbers that are not this one, which may be traced."""
    if not isinstance(expected, jax.core.Tracer):
        _check(owner, arguments, f"{expected}", lambda number: number == np.asarray(expected))


def inside(owner: str, low: float, high: float, **arguments: Any) -> None:
    """Refuse numbers outside an open interval."""
    _check(owner, arguments, f"in ({low}, {high})", lambda number: (number > low) & (number < high))


def fraction(owner: str, **arguments: Any) -> None:
    """Refuse numbers outside [0, 1]: the range of a share."""
    _check(owner, arguments, "in [0, 1]", lambda number: (number >= 0) & (number <= 1))


def below_one(owner: str, **arguments: Any) -> None:
    """Refuse numbers outside [0, 1): the range of a decay such as `b1`."""
    _check(owner, arguments, "in [0, 1)", lambda number: (number >= 0) & (number < 1))


def power_of_two(owner: str, **arguments: Any) -> None:
    """Refuse numbers other than 1, 2, 4, 8, ..."""
    _check(owner, arguments, "a power of two", lambda number: (number >= 1) & (np.frexp(number)[0] == 0.5))


def whole(owner: str, least: int = 1, most: int | None = None, **arguments: Any) -> None:
    """Refuse what is no whole number of Python or NumPy, and those below `least` or above `most`."""
    rule = f">= {least}" if most is None else f"from {least} to {most}"
    for name, number in arguments.items():
        good = isinstance(number, (int, np.integer)) and not isinstance(number, bool)
        if not good or number < least or (most is not None and number > most):
            raise ValueError(f"{owner}: {name} must be a whole number {rule}, got {number!r}.")


def schedulable(check: Callable[..., None], owner: str, **arguments: Any) -> None:
    """Apply a check to the arguments that are numbers and let functions of the step pass."""
    if _suspended.get():
        return
    for name, argument in arguments.items():
        if callable(argument):
            continue
        if not is_number(argument):
            raise TypeError(f"{owner}: {name} must be a number or a schedule, got {argument!r}.")
        check(owner, **{name: argument})


def ascending(owner: str, check: Callable[..., None] = positive, **arguments: Any) -> None:
    """Refuse sequences of numbers that fall anywhere, or with a number that does not pass a check."""
    for name, sequence in arguments.items():
        if _suspended.get() or any(isinstance(item, jax.core.Tracer) for item in jax.tree.leaves(sequence)):
            continue
        check(owner, **{name: sequence})
        if np.ndim(sequence) != 1 or np.any(np.diff(np.asarray(sequence)) < 0):
            raise ValueError(f"{owner}: {name} must be a sequence in ascending order, got {sequence}.")


def one_of(owner: str, choices: tuple[str, ...], **arguments: Any) -> None:
    """Refuse a word that is not among the choices."""
    for name, argument in arguments.items():
        if argument not in choices:
            raise ValueError(f"{owner}: {name} must be one of {', '.join(choices)}, got {argument!r}.")


def _check(owner: str, arguments: dict[str, Any], rule: str, holds: Callable[[np.ndarray], Any]) -> None:
    for name, argument in arguments.items():
        for number in jax.tree.leaves(argument, is_leaf=lambda leaf: leaf is None):
            if _suspended.get() or isinstance(number, jax.core.Tracer):
                continue
            if not is_number(number):
                raise TypeError(f"{owner}: {name} must be a number, got {number!r}.")
            if not _is_real(number):
                raise TypeError(f"{owner}: {name} must be a real number, got {number!r}.")
            good = np.isfinite(number) & holds(np.asarray(number))
            if not np.all(good):
                got = argument if np.size(number) < 10 else f"{np.asarray(number)[~good][0]} among them"
                raise ValueError(f"{owner}: {name} must be {rule}, got {got}.")


def _is_real(number: Any) -> bool:
    dtype = np.asarray(number).dtype
    return isinstance(number, int) or jax.dtypes.issubdtype(dtype, np.floating) or dtype.kind in "iu"
