"""The error for a name that a value does not have: where it is, or which name is close."""

from collections.abc import Iterator, Mapping
from typing import Any

from lropt_jax._core.retired import meant, unknown_argument
from lropt_jax._core.sealing import Static


def missing(value: Any, name: str) -> str:
    """Of an attribute that was asked for."""
    kind, factory = type(value).__name__, value.__dict__.get("factory")
    fact = f"{kind} has no attribute or argument {name!r}"
    if factory is None or name.startswith("_"):
        return f"{fact}."
    if name in ("init", "update"):
        what = "a schedule" if kind == "Schedule" else "a rate" if kind == "SelfSettingRate" else "a weight decay"
        rule = f"{factory.name}: {name} must be asked of an optimizer, got {what}"
        return f"{rule}; give it to an optimizer: adam({factory.name}(...))." if kind != "Decay" else f"{rule}."
    arguments, inside = value.__dict__["_sealed"], _inside(value, name)
    if inside:
        return f"{factory.name}: {fact}; read {' or '.join(f'{place}.{name}' for place in inside)}."
    near = meant(name, arguments)
    remedy = f"did you mean {near}?" if near else f"there are {', '.join(arguments) or 'none'}."
    return f"{factory.name}: {fact}; {remedy}"


def unknown(value: Any, name: str, given: Any) -> str:
    """Of an argument that should be replaced."""
    inside = _inside(value, name)
    if inside:
        return f"no argument is called {name!r}; {inside[0]} has it, replace it there."
    return unknown_argument(name, value.__dict__["_sealed"], given)


def _inside(value: Any, name: str) -> list[str]:
    """Where rules inside a value have an argument, nearest first; those inside the first ones are left out."""
    level = list(_parts(value))
    while level:
        found = [place for place, part in level if name in _arguments(part)]
        if found:
            return found
        level = [(place + deeper, part) for place, inner in level for deeper, part in _parts(inner)]
    return []


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """The rules that are a value's arguments, or stand in lists and dicts there, with how they are read."""
    waiting = [(f".{name}", argument) for name, argument in _arguments(value).items()]
    for place, item in waiting:
        if isinstance(item, Static):
            item = item.value
        if _arguments(item):
            yield place, item
        elif isinstance(item, Mapping):
            waiting += [(f"{place}[{key!r}]", inner) for key, inner in item.items()]
        elif isinstance(item, (list, tuple)):
            waiting += [(f"{place}[{index}]", inner) for index, inner in enumerate(item)]


def _arguments(item: Any) -> Mapping[str, Any]:
    return getattr(item, "__dict__", {}).get("_sealed", {})
