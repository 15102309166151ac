"""Rules as plain data and as text, and back: names are looked up in this library only."""

import ast
import difflib
import operator
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import jax
import numpy as np

from lropt_jax import compat, optimizers, rates, schedules, wrappers
from lropt_jax._core.checking import checked
from lropt_jax._core.lifting import Factory
from lropt_jax._core.refusal import Refused, WrongType
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
        raise WrongType(f"value must be a schedule or an optimizer, got {value!r}.")
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
        ValueError: The name is unknown, or a number is outside its range.
        TypeError: An argument is missing or unknown.

    Example:
        >>> from_config({"rule": "sgd", "learning_rate": {"rule": "linear", "peak": 0.1, "steps": 100}})
        sgd(learning_rate=linear(peak=0.1, steps=100, floor=0.0), nesterov=False)
    """
    if not isinstance(config, Mapping) or _RULE not in config:
        raise Refused(f"config must be a dict with the key {_RULE!r}, got {config!r}.")
    factory = _find(config[_RULE], _known(names))
    arguments = {name: _rule(item, names) for name, item in config.items() if name != _RULE}
    parameters = factory.__signature__.parameters.items()
    rest = [arguments.pop(name, ()) for name, parameter in parameters if parameter.kind is parameter.VAR_POSITIONAL]
    return factory(*(item for items in rest for item in items), **arguments)


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
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, RecursionError, MemoryError):
        raise Refused(f"text must be a call such as cosine(1e-3, 1000), got {text!r}.") from None
    return _read(tree, {**_known(None), **variables})


def _known(names: Mapping[str, Factory] | None) -> dict[str, Factory]:
    libraries: ModuleType = compat
    rooms = [schedules, rates, optimizers, wrappers, *(getattr(libraries, name) for name in libraries.__all__)]
    exported = (getattr(room, name) for room in rooms for name in room.__all__)
    house = {item.name: item for item in exported if isinstance(item, Factory)}
    return {**(names or {}), **house, **(names or {})}  # the user's come first, and win


def _find(name: Any, known: Mapping[str, Any]) -> Any:
    if name not in known:
        word = str(name).rpartition(".")[2].lower()  # without the library's name
        same = [other for other in known if other.rpartition(".")[2].lower() == word]
        alike = ", ".join(same or difflib.get_close_matches(str(name), known, n=5, cutoff=0.5)) or "none"
        raise Refused(f"{name!r} is not a name here; alike are: {alike}. `lropt list` shows all.")
    return known[name]


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
    raise Refused(f"{place} must be plain data or a rule, got {argument!r}.")


def _rule(item: Any, names: Mapping[str, Factory] | None) -> Any:
    if isinstance(item, Mapping):
        if _RULE in item:
            return from_config(item, names=names)
        if item.keys() == {_ARRAY}:
            return np.asarray(item[_ARRAY])
        if item.keys() == {_LIST}:
            return list(_rule(item[_LIST], names))
        return {key: _rule(value, names) for key, value in item.items()}
    return tuple(_rule(value, names) for value in item) if isinstance(item, (list, tuple)) else item


def _read(node: ast.expr, known: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
            return _calculate(ast.Sub() if isinstance(sign, ast.USub) else ast.Add(), 0, _read(operand, known))
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() as sign, right=right):
            return _calculate(sign, _read(left, known), _read(right, known))
        case ast.Tuple(elts=items) | ast.List(elts=items):
            read = (_read(item, known) for item in items)
            return tuple(read) if isinstance(node, ast.Tuple) else list(read)
        case ast.Dict(keys=keys, values=items) if all(keys):
            return {_read(key, known): _read(item, known) for key, item in zip(keys, items, strict=True) if key}
        case ast.Name() | ast.Attribute():
            return _find(ast.unparse(node), known)
        case ast.Call(func=ast.Name(id="array"), args=[ast.List() as items], keywords=[]):
            return np.array(_read(items, known))
        case ast.Call(func=ast.Name() | ast.Attribute()) if all(k.arg for k in node.keywords):
            return _call(node, known)
    raise Refused(f"only calls, names and numbers are read, got {ast.unparse(node)!r}.")


def _call(node: ast.Call, known: Mapping[str, Any]) -> Any:
    name = ast.unparse(node.func)
    factory = _find(name, known)
    if not isinstance(factory, Factory):
        raise Refused(f"{name} is not a schedule or an optimizer and cannot be called.")
    arguments = {str(keyword.arg): _read(keyword.value, known) for keyword in node.keywords}
    return factory(*(_read(arg, known) for arg in node.args), **arguments)


def _calculate(sign: ast.operator, left: Any, right: Any) -> int | float:
    """The four operations, on plain numbers only."""
    if not all(type(number) in (int, float) for number in (left, right)):
        raise Refused(f"only numbers can be calculated with, got {left!r} and {right!r}.")
    if isinstance(sign, ast.Div) and right == 0:
        raise Refused(f"{left!r} / 0 is no number.")
    operations = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
    return operations[type(sign)](left, right)
