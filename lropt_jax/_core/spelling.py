"""Rules as text: the call that one would write."""

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np


def named(function: Callable[..., Any]) -> str:
    """The name of a function. In `compat` its library stands before it: `torch.AdamW`."""
    match (getattr(function, "__module__", None) or "").split("."):
        case ["lropt_jax", "compat", library, *_]:
            return f"{library}.{function.__name__}"
    return function.__name__


def usage(function: Callable[..., Any]) -> str:
    """How a function is called: its name and signature without annotations."""
    parameters = inspect.signature(function).parameters.values()
    bare = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in parameters]
    return f"{named(function)}{inspect.Signature(bare)}"


def example(name: str, signature: inspect.Signature, roles: dict[str, Any]) -> str:
    """A call with what it requires: a number in the place of a learning rate, else the names of the arguments."""
    required, several = [], inspect.Parameter.VAR_POSITIONAL
    for parameter in signature.parameters.values():
        if parameter.kind is several or parameter.default is parameter.empty:
            rate = getattr(roles.get(parameter.name), "name", "").endswith("RATE")
            text = "1e-3" if rate else "..." if parameter.kind is several else parameter.name
            required.append(f"{parameter.name}=..." if parameter.kind is parameter.KEYWORD_ONLY else text)
    return f"{name}({', '.join(required)})"


def spell_call(function: Callable[..., Any], arguments: dict[str, Any]) -> str:
    """A call of a function with named arguments. An argument that is None is left out where None is its default."""
    parameters, parts = inspect.signature(function).parameters, []
    for name, argument in arguments.items():
        kind = parameters[name].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            parts += [spell(item) for item in argument]
        elif kind is inspect.Parameter.VAR_KEYWORD:
            parts += [f"{key}={spell(item)}" for key, item in argument.items()]
        elif argument is not None or parameters[name].default is not None:
            parts.append(f"{name}={spell(argument)}")
    return f"{named(function)}({', '.join(parts)})"


def spell(argument: Any) -> str:
    """An argument as text: numbers short, functions by name, everything else by its `repr`."""
    if type(argument) is tuple:
        return f"({', '.join(map(spell, argument))}{',' * (len(argument) == 1)})"
    if type(argument) is list:
        return f"[{', '.join(map(spell, argument))}]"
    if type(argument) is dict:
        return "{" + ", ".join(f"{key!r}: {spell(item)}" for key, item in argument.items()) + "}"
    if isinstance(argument, (jax.Array, np.ndarray, np.number)) and not isinstance(argument, jax.core.Tracer):
        array = np.asarray(argument)
        return str(array) if array.ndim == 0 else f"array({array.tolist()})"
    if inspect.isroutine(argument) or inspect.isclass(argument):
        return argument.__qualname__
    return repr(argument)


def cell(item: Any) -> str:
    """A value of an argument in a table: a number short, and a dash where there is none."""
    return "-" if item is None else item if isinstance(item, str) else f"{item:.4g}"


def worded(values: Mapping[str, Any]) -> list[str]:
    """Values with their names, in few characters."""
    return [f"{name} {cell(item)}" for name, item in values.items()]


def with_spread(result: tuple[float, float] | None) -> str:
    """A mean and its standard deviation, rounded to the same place: two digits of the deviation. No result: a dash."""
    if result is None:
        return "-"
    mean, spread = result
    if not spread > 0:
        return f"{mean:.4g}"
    places = max(1 - math.floor(math.log10(spread)), 0)
    if places > 6:
        return f"{mean:.4g} ± {spread:.2g}"
    return f"{mean:.{places}f} ± {spread:.{places}f}"
