"""What holds between arguments: facts that no single argument can be refused by. Traced numbers pass."""

from typing import Any

import jax
import numpy as np

from lropt_jax._core.refusal import Refused


def at_least(bound: Any, called: str, **arguments: Any) -> None:
    """Refuse numbers below another argument, or below what is made of some; `called` is what the bound is called."""
    _compare(bound, called, ">=", np.greater_equal, arguments)


def above(bound: Any, called: str, **arguments: Any) -> None:
    """Refuse numbers that are not above another argument."""
    _compare(bound, called, ">", np.greater, arguments)


def _compare(bound: Any, called: str, sign: str, holds: np.ufunc, arguments: dict[str, Any]) -> None:
    for name, number in arguments.items():
        if number is None or bound is None or _traced((number, bound)):
            continue
        if not np.all(holds(np.asarray(number), np.asarray(bound))):
            raise Refused(f"{name} must be finite and {sign} {called}, {bound}, got {number}.")


def equal(expected: Any, **arguments: Any) -> None:
    """Refuse numbers that are not this one."""
    for name, number in arguments.items():
        if not _traced((number, expected)) and not np.array_equal(number, expected):
            raise Refused(f"{name} must be {expected}, got {number}.")


def absent(without: str, **arguments: Any) -> None:
    """Refuse arguments that mean nothing `without` another one."""
    for name, argument in arguments.items():
        if argument is not None and argument is not False:
            nothing = "False" if argument is True else "None"
            raise Refused(f"{name} must be {nothing} without {without}, got {argument}; give {without}.")


def _traced(tree: Any) -> bool:
    return any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(tree))
