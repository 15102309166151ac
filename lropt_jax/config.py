"""Rules as plain data and as text, and back: names are looked up in this library only."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import jax
import numpy as np

import lropt_jax
from lropt_jax import compat, optimizers, rates, schedules, wrappers
from lropt_jax._core.checking import checked
from lropt_jax._core.factory import Factory
from lropt_jax._core.limits import array_of, check_data, check_name, shown
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax._core.text import call, find, read
from lropt_jax._core.values import Value

_RULE = "rule"  # the key that names the factory
_ARRAY, _LIST = "array", "list"  # the keys of what JSON would take for tuples


@checked
def to_config(value: Value, *, names: Mapping[str, Factory] | None = None) -> dict[str, Any]:
    """A rule as a dict of numbers, strings, lists and dicts, ready for JSON and, where no argument is None, TOML.

    All arguments are written, so that later defaults change nothing, except those that are None and None by default.

    Args:
        value: A schedule, a rate, an optimizer or a `decay(...)`.
        names: Factories of your own by the names to write for them. They come before this library's. None: no others.

    Returns:
        `{"rule": name, argument: ...}`, and the same for rules inside rules. A tuple becomes a list, an array
        `{"array": [...]}` and a list `{"list": [...]}`.

    Raises:
        ValueError: `value` is no rule, a factory has no name here, or an argument is not plain data, such as a lambda.

    Example:
        >>> from lropt_jax import compat
        >>> from lropt_jax.schedules import linear
        >>> to_config(linear(0.1, 100))
        {'rule': 'linear', 'peak': 0.1, 'steps': 100, 'floor': 0.0}
        >>> to_config(compat.torch.ExponentialLR(0.1, 0.9))
        {'rule': 'torch.ExponentialLR', 'base_lr': 0.1, 'gamma': 0.9}
    """
    if not isinstance(value, Value):
        raise WrongType(f"value must be a schedule or an optimizer, got {shown(value)}.")
    spelled = [name for name, factory in _known(names).items() if factory == value.factory]
    if not spelled:
        raise Refused(f"{value.factory.name} is not a rule of this library; give it in `names`.")
    parameters = value.factory.__signature__.parameters
    config = {_RULE: spelled[0]}
    for name, argument in value.arguments.items():
        if argument is not None or parameters[name].default is not None:
            config[name] = _plain(f"{spelled[0]}.{name}", argument, names)
    return config


@checked
def from_config(config: Mapping[str, Any], *, names: Mapping[str, Factory] | None = None) -> Any:
    """The rule that `to_config` wrote.

    Args:
        config: `{"rule": name, argument: ...}`. Missing arguments take their defaults.
        names: Factories of your own by name. None: no others.

    Returns:
        The rule, checked as if it were written as a call. Lists become tuples.

    Raises:
        ValueError: The name is unknown, a number is outside its range, or `config` is nested more than 32 deep.
        TypeError: An argument is missing or unknown.

    Example:
        >>> from_config({"rule": "sgd", "learning_rate": {"rule": "linear", "peak": 0.1, "steps": 100}})
        sgd(learning_rate=linear(peak=0.1, steps=100, floor=0.0), nesterov=False)
    """
    check_data(config)
    return _made(config, _known(names))


@checked
def parse(text: str, **variables: Any) -> Any:
    """Read a rule written as a call, such as its own `repr`.

    The text may call this library's schedules, rates and optimizers. It may contain numbers and + - * / of numbers,
    True, False, None, strings, lists, tuples, dicts, `array([...])`, and the names of `variables`. Rules of `compat`
    are called with their library: `torch.StepLR(0.1, 30)`. Nothing is evaluated.

    Args:
        text: For example `"warmup(cosine(1e-3, 1000), 100)"`.
        variables: What further names stand for.

    Returns:
        The rule, or whatever else the text says.

    Raises:
        ValueError: The text is something else, a name is unknown, or a number is outside its range.

    Example:
        >>> parse("warmup(linear(rate, 0.9 * steps), 0.1 * steps)", rate=0.5, steps=1000)(99)
        Array(0.5, dtype=float32)
    """
    return read(text, {**_known(None), **variables})


def _known(names: Mapping[str, Factory] | None) -> dict[str, Factory]:
    for name, factory in (names or {}).items():
        if not isinstance(factory, Factory):
            raise WrongType(f"names must be factories made by `lift`, got {shown(factory)} for {shown(name)}.")
    libraries: ModuleType = compat
    above = lropt_jax.diagnostics  # asked for when a name is: it stands above, because it looks at problems too
    rooms = [schedules, rates, optimizers, wrappers, above, *(getattr(libraries, name) for name in libraries.__all__)]
    exported = (getattr(room, name) for room in rooms for name in room.__all__)
    house = {item.name: item for item in exported if isinstance(item, Factory)}
    return {**(names or {}), **house, **(names or {})}  # the user's come first, and win


def _plain(place: str, argument: Any, names: Mapping[str, Factory] | None) -> Any:
    if isinstance(argument, Value):
        return to_config(argument, names=names)
    if isinstance(argument, (jax.Array, np.ndarray, np.number)):
        return {_ARRAY: np.asarray(argument).tolist()} if np.ndim(argument) else np.asarray(argument).item()
    if isinstance(argument, (bool, int, float, str)) or argument is None:
        return argument
    if isinstance(argument, (list, tuple)) and not hasattr(argument, "_fields"):
        items = [_plain(place, item, names) for item in argument]
        return {_LIST: items} if isinstance(argument, list) else items
    if isinstance(argument, Mapping) and _RULE not in argument and argument.keys() not in ({_ARRAY}, {_LIST}):
        return {key: _plain(place, item, names) for key, item in argument.items()}
    raise Refused(f"{place} must be plain data or a rule, got {shown(argument)}.")


def _made(config: Mapping[str, Any], known: Mapping[str, Factory]) -> Any:
    if _RULE not in config:
        raise Refused(f"config must be a dict with the key {_RULE!r}, got {shown(config)}.")
    name = check_name(config[_RULE])
    factory = find(name, known)
    arguments = {key: _rule(f"{name}.{key}", item, known) for key, item in config.items() if key != _RULE}
    rest: list[Any] = []
    for parameter in factory.__signature__.parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            several = arguments.pop(parameter.name, ())
            if not isinstance(several, (list, tuple)):
                raise WrongType(f"{name}.{parameter.name} must be a list, got {shown(several)}.")
            rest += several
    return call(name, factory, rest, arguments)


def _rule(place: str, item: Any, known: Mapping[str, Factory]) -> Any:
    if isinstance(item, Mapping):
        if _RULE in item:
            return _made(item, known)
        if item.keys() == {_ARRAY}:
            return array_of(item[_ARRAY])
        if item.keys() == {_LIST}:
            if not isinstance(item[_LIST], (list, tuple)):
                raise WrongType(f"{place} must hold a list, got {shown(item)}.")
            return list(_rule(place, item[_LIST], known))
        return {key: _rule(place, value, known) for key, value in item.items()}
    if isinstance(item, (list, tuple)):
        return tuple(_rule(place, value, known) for value in item)
    if item is None or isinstance(item, (bool, int, float, str, np.number, np.ndarray, jax.Array, Value)):
        return item
    raise WrongType(f"{place} must be plain data or a rule, got {shown(item)}.")
