"""Arguments by their paths: where a name stands in an optimizer, and the optimizer with another value there."""

from collections.abc import Iterator, Mapping
from typing import Any

from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import Refused
from lropt_jax._core.retired import meant
from lropt_jax._core.values import Optimizer, Value

Trail = tuple[Any, ...]  # names of arguments, keys of dicts and places in tuples, from the outside in


def placed(optimizer: Optimizer, values: Mapping[str, Any]) -> Optimizer:
    """The optimizer with other arguments, each named by its path.

    A path is names with dots between them: "learning_rate.peak". Each name is looked for where the one before led, and
    further inside where it is not there: "peak" is found inside `warmup(cosine(...))` too. The nearest place counts.
    Arguments of one rule change together, so that they are checked together.
    """
    for depth in sorted({path.count(".") for path in values}):  # a schedule first, then what is inside the new one
        changes: dict[Trail, dict[str, Any]] = {}
        for path in values:
            if path.count(".") == depth:
                *node, name = _found(optimizer, path)
                changes.setdefault(tuple(node), {})[name] = values[path]
        for trail in sorted(changes, key=len):
            optimizer = _changed(optimizer, trail, changes[trail])
    return optimizer


def _found(optimizer: Optimizer, path: str) -> Trail:
    """Where a path leads: to an argument of a rule."""
    trail: Trail = ()
    item: Any = optimizer
    names = path.split(".")
    for name in names:
        near = _nearest(item, name, rules_only=name is names[-1])
        if len(near) > 1:
            places = " and ".join(".".join(map(str, trail + place)) for place in near)
            raise Refused(f"space must name one argument, got {path!r}, which is {places}; write one of these.")
        if not near:
            raise Refused(_unknown(path, name, item))
        trail += near[0]
        for key in near[0]:
            item = dict(_parts(item))[key]
    return trail


def _nearest(item: Any, name: str, *, rules_only: bool) -> list[Trail]:
    """Every place of a name on the first level that has it."""
    level: list[tuple[Trail, Any]] = [((), item)]
    while level:
        holders = [(trail, inner) for trail, inner in level if isinstance(inner, Value) or not rules_only]
        places = [(*trail, key) for trail, inner in holders for key, _ in _parts(inner) if str(key) == name]
        if places:
            return places
        level = [((*trail, key), part) for trail, inner in level for key, part in _parts(inner)]
    return []


def _parts(item: Any) -> Iterator[tuple[Any, Any]]:
    """What a rule, a dict, a tuple or a list holds, with its name, key or place."""
    if isinstance(item, Value):
        yield from item.arguments.items()
    elif isinstance(item, Mapping):
        yield from item.items()
    elif isinstance(item, (tuple, list)):
        yield from enumerate(item)


def _changed(item: Any, trail: Trail, changes: Mapping[str, Any]) -> Any:
    if not trail:
        return item.replace(**changes)
    parts = dict(_parts(item))
    parts[trail[0]] = _changed(parts[trail[0]], trail[1:], changes)
    if isinstance(item, Value):
        return item.replace(**{trail[0]: parts[trail[0]]})
    return parts if isinstance(item, Mapping) else type(item)(parts.values())


def _unknown(path: str, name: str, item: Any) -> str:
    if not isinstance(item, Value):
        return f"space must hold arguments, got {path!r}; {shown(item)} has no {name}."
    near = meant(name, item.arguments)
    remedy = f"did you mean {near}?" if near else f"there are {', '.join(item.arguments)}."
    return f"space must hold arguments of {item.factory.name}, got {path!r}; {remedy}"
