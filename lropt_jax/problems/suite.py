"""The suite: every problem that is ready to solve."""

import importlib
import inspect
from collections.abc import Callable

from lropt_jax.problems.problem import Problem


def suite() -> dict[str, Callable[..., Problem]]:
    """The problems that are ready to solve, by name: all functions of this room that return a `Problem`."""
    room = importlib.import_module("lropt_jax.problems")
    functions = {name: getattr(room, name) for name in sorted(room.__all__) if inspect.isfunction(getattr(room, name))}
    return {name: function for name, function in functions.items() if function.__annotations__.get("return") is Problem}
