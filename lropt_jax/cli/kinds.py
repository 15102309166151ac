"""Kinds in words: what an argument may be, for people who read a terminal."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

import optax
from jax.typing import ArrayLike

from lropt_jax._core.annotations import kind_of, members
from lropt_jax._core.rate import Rate

_COUNTS = {1: "one", 2: "two", 3: "three", 4: "four"}
_TYPES: dict[Any, str] = {
    bool: "True or False",
    str: "a string",
    int: "a whole number",
    optax.Schedule: "a schedule",
    optax.GradientTransformation: "an optimizer",
    Rate: "a self-setting rate",
}


def in_words(annotation: Any) -> str:
    """An annotation as a phrase: `Average, in [0, 1), or a schedule: the decay of a moving average`."""
    if annotation in (Any, inspect.Parameter.empty):
        return "anything"
    kind = kind_of(annotation)
    text = kind.mark(str) or ""
    if kind.range is None and not text:
        return f"{kind.name}: {_of_base(kind.base)}" if kind.name else _of_base(kind.base)
    facts = [kind.name, "" if kind.range is None else str(kind.range)]
    if optax.Schedule in kind.types and "schedule" not in text:
        facts.append("or a schedule")
    named = ", ".join(fact for fact in facts if fact)
    return ": ".join(part for part in (named, text) if part)


def _of_base(base: Any) -> str:
    """A type that has neither a range nor a text."""
    some = [member for member in members(base) if member is not type(None)]
    numbers = {*get_args(ArrayLike)} if len(some) > 1 else {float}
    return ", or ".join(dict.fromkeys("a number" if member in numbers else _of_type(member) for member in some))


def _of_type(member: Any) -> str:
    inner = get_args(member)
    if member in _TYPES:
        return _TYPES[member]
    if get_origin(member) is Literal:
        return f"one of {', '.join(map(str, inner))}"
    if get_origin(member) is tuple and Ellipsis not in inner:
        each = list(dict.fromkeys(map(in_words, inner)))
        return f"{_COUNTS.get(len(inner), len(inner))}, each {each[0]}" if len(each) == 1 else f"({'; '.join(each)})"
    if get_origin(member) is Sequence:
        return f"several, each {in_words(inner[0])}"
    if get_origin(member) is Mapping:
        return f"a dict by name, each {in_words(inner[1])}"
    if get_origin(member) is Callable:
        return "a function"
    if hasattr(member, "__value__"):
        return in_words(member)
    return member.__name__ if isinstance(member, type) else inspect.formatannotation(member)
