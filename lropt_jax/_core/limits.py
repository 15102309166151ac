"""Limits of what is read from outside, so that a hostile text or dict costs neither memory nor a crash."""

import reprlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from lropt_jax._core.refusal import Refused

LONGEST_NAME, LONGEST_STRING = 80, 1000
LONGEST_TEXT = 1_000_000
DEEPEST = 32
MOST_ITEMS = 1_000_000
_SHOWN = 80

_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = _SHOWN
_short.maxlevel = 4
_short.maxdict = _short.maxlist = _short.maxtuple = 20


def shown(value: Any) -> str:
    """A value as in its `repr`, in at most 80 characters: what an error says it got."""
    try:
        text = _short.repr(value)
    except (ValueError, RecursionError):  # a whole number of more digits than Python writes, or a rule inside itself
        text = f"<{type(value).__name__} too large to show>"
    return cut(text)


def cut(text: str) -> str:
    """A text, in at most 80 characters."""
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def check_whole(number: int) -> int:
    """Refuse a whole number beyond 64 bits: no array holds it."""
    if not -(2**63) <= number < 2**63:
        raise Refused(f"whole numbers must fit into 64 bits, got {shown(number)}.")
    return number


def check_name(name: Any) -> str:
    """Refuse what is no name of a rule or of an argument."""
    if not isinstance(name, str) or len(name) > LONGEST_NAME:
        raise Refused(f"names must be strings of at most {LONGEST_NAME} characters, got {shown(name)}.")
    return name


def check_string(text: str) -> str:
    """Refuse a string that is longer than a path to a parameter can be."""
    if len(text) > LONGEST_STRING:
        raise Refused(f"strings must have at most {LONGEST_STRING:,} characters, got {shown(text)}.")
    return text


def check_key(key: Any) -> str:
    """Refuse what is no key of a dict in JSON."""
    if not isinstance(key, str):
        raise Refused(f"keys of a dict must be strings, got {shown(key)}.")
    return check_string(key)


def check_data(data: Any) -> None:
    """Refuse dicts and lists that are nested too deep, hold too much, or have keys and numbers that JSON has not."""
    waiting, items = [(data, 1)], 0
    while waiting:
        item, depth = waiting.pop()
        items += 1
        if depth > DEEPEST:
            raise Refused(f"dicts and lists must be nested at most {DEEPEST} deep, got deeper ones.")
        if items > MOST_ITEMS:
            raise Refused(f"dicts and lists must hold at most {MOST_ITEMS:,} items, got more.")
        if isinstance(item, Mapping):
            waiting += [(inner, depth + 1) for inner in item.values()]
            for key in item:
                check_key(key)
        elif isinstance(item, (list, tuple)):
            waiting += [(inner, depth + 1) for inner in item]
        elif type(item) is int:
            check_whole(item)
        elif isinstance(item, str):
            check_string(item)


def array_of(items: Any) -> np.ndarray:
    """An array of nested lists of numbers, which must all have the same length."""
    try:
        array = np.asarray(items)
    except (ValueError, OverflowError):  # lists of several lengths
        array = np.array(None)
    if array.dtype.kind not in "biuf":
        raise Refused(f"an array must be lists of numbers, as long as each other, got {shown(items)}.")
    return array
