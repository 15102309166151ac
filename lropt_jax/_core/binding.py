"""Functions with their data: equal functions and settings share one compiled program, whatever the numbers are."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import jax


@dataclass(frozen=True)
class Set:
    """A function with settings, which are part of the program."""

    function: Callable[..., Any]
    settings: tuple[tuple[str, Hashable], ...]

    def __call__(self, *arguments: Any) -> Any:
        return self.function(*arguments, **dict(self.settings))


def bind(function: Callable[..., Any], *data: Any, **settings: Hashable) -> jax.tree_util.Partial:
    """`function(*data, ..., **settings)` as a tree: data are its leaves, function and settings its definition.

    A function that is made anew at each call is equal to no other one, and so its program is compiled again. Give one
    of a module.
    """
    return jax.tree_util.Partial(Set(function, tuple(settings.items())), *data)


def hashable(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function itself, or one that calls it if it cannot be hashed, such as a model with arrays."""
    try:
        hash(function)
    except TypeError:
        return lambda *arguments, **named: function(*arguments, **named)
    return function


def partial_of(function: Callable[..., Any]) -> jax.tree_util.Partial:
    """A function that people give as a tree, with the data that are bound to it as its leaves."""
    return function if isinstance(function, jax.tree_util.Partial) else jax.tree_util.Partial(hashable(function))
