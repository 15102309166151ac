"""Rules read from text: calls, names and numbers. Nothing is evaluated."""

import ast
import difflib
import operator
from collections.abc import Mapping
from typing import Any

from lropt_jax._core.factory import Factory
from lropt_jax._core.limits import (
    DEEPEST,
    LONGEST_NAME,
    LONGEST_TEXT,
    array_of,
    check_key,
    check_name,
    check_string,
    check_whole,
    cut,
    shown,
)
from lropt_jax._core.refusal import Refused, WrongType


def read(text: str, known: Mapping[str, Any]) -> Any:
    """What a text says, with the meaning of its names."""
    if len(text) > LONGEST_TEXT:
        raise Refused(f"text must have at most {LONGEST_TEXT:,} characters, got {len(text):,}.")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # ValueError: half of a character, a null
        raise Refused(f"text must be a call such as cosine(1e-3, 1000), got {shown(text)}.") from None
    _check_depth(tree)
    return _read(tree, known)


def find(name: str, known: Mapping[str, Any]) -> Any:
    """What a name stands for, or a refusal with the names that are nearly the same."""
    if name not in known:
        alike = "none" if len(name) > LONGEST_NAME else ", ".join(_alike(name, known)) or "none"
        raise Refused(f"{shown(name)} is not a name here; alike are: {alike}. `lropt list` shows all.")
    return known[name]


def call(name: str, factory: Factory, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """The rule that a factory makes. What Python says of arguments that make none becomes a refusal."""
    for argument in kwargs:
        check_name(argument)
    try:
        return factory(*args, **kwargs)
    except Refused:
        raise
    except Exception as error:
        kind = WrongType if isinstance(error, TypeError) else Refused
        given = f"got {shown(kwargs)[1:-1]}" if kwargs else f"got {shown(tuple(args))}"
        raise kind(
            f"{name} cannot be made of its arguments, {given}; {cut(str(error) or type(error).__name__)}."
        ) from error


def _alike(name: str, known: Mapping[str, Any]) -> list[str]:
    word = name.rpartition(".")[2].lower()  # without the library's name
    same = [other for other in known if other.rpartition(".")[2].lower() == word]
    return same or difflib.get_close_matches(name, known, n=5, cutoff=0.5)


def _check_depth(tree: ast.expr) -> None:
    """Refuse what is nested too deep for the functions here, which call themselves."""
    waiting: list[tuple[ast.AST, int]] = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > DEEPEST:
            raise Refused(f"text must be nested at most {DEEPEST} deep, got more.")
        inner = depth + isinstance(node, ast.expr)
        waiting += [(child, inner) for child in ast.iter_child_nodes(node)]


def _read(node: ast.expr, known: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=bool() | float() | None as value):
            return value
        case ast.Constant(value=int() as value):
            return check_whole(value)
        case ast.Constant(value=str() as value):
            return check_string(value)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
            return _calculate(ast.Sub() if isinstance(sign, ast.USub) else ast.Add(), 0, _read(operand, known))
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() as sign, right=right):
            return _calculate(sign, _read(left, known), _read(right, known))
        case ast.Tuple(elts=items) | ast.List(elts=items):
            read = (_read(item, known) for item in items)
            return tuple(read) if isinstance(node, ast.Tuple) else list(read)
        case ast.Dict(keys=keys, values=items) if all(keys):
            return _by_name(
                [_read(key, known) for key in keys if key], [_read(item, known) for item in items], "keys of a dict"
            )
        case ast.Name() | ast.Attribute():
            return find(ast.unparse(node), known)
        case ast.Call(func=ast.Name(id="array"), args=[ast.List() as items], keywords=[]):
            return array_of(_read(items, known))
        case ast.Call(func=ast.Name() | ast.Attribute()) if all(k.arg for k in node.keywords):
            return _call(node, known)
    raise Refused(f"only calls, names and numbers are read, got {shown(ast.unparse(node))}.")


def _call(node: ast.Call, known: Mapping[str, Any]) -> Any:
    name = ast.unparse(node.func)
    factory = find(name, known)
    if not isinstance(factory, Factory):
        raise Refused(f"{cut(name)} is not a schedule or an optimizer and cannot be called.")
    names = [str(keyword.arg) for keyword in node.keywords]
    arguments = _by_name(names, [_read(keyword.value, known) for keyword in node.keywords], "arguments")
    return call(name, factory, [_read(arg, known) for arg in node.args], arguments)


def _by_name(names: list[Any], items: list[Any], what: str) -> dict[str, Any]:
    """A dict, of names that are all different: Python's own would keep the last of two."""
    found: dict[str, Any] = {}
    for name, item in zip(names, items, strict=True):
        if check_key(name) in found:
            raise Refused(f"{what} must be given once each, got {shown(name)} twice.")
        found[name] = item
    return found


def _calculate(sign: ast.operator, left: Any, right: Any) -> int | float:
    """The four operations, on plain numbers only."""
    if not all(type(number) in (int, float) for number in (left, right)):
        raise Refused(f"only numbers can be calculated with, got {shown(left)} and {shown(right)}.")
    if isinstance(sign, ast.Div) and right == 0:
        raise Refused(f"{left!r} / 0 is no number.")
    operations = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
    result = operations[type(sign)](left, right)
    return check_whole(result) if isinstance(result, int) else result
