"""Arguments against their kinds: the one place that refuses a bad one."""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, ParamSpec, TypeVar, get_args

import jax
import numpy as np
import optax

from lropt_jax._core.annotations import Kind, kind_of
from lropt_jax._core.functions import check_function
from lropt_jax._core.kinds import Ascending
from lropt_jax._core.limits import cut, shown
from lropt_jax._core.maker import Maker, uncalled
from lropt_jax._core.numbers import is_number
from lropt_jax._core.rate import Rate
from lropt_jax._core.refusal import Refused, WrongType, naming
from lropt_jax._core.remedies import in_a_numbers_place, in_an_optimizers_place
from lropt_jax._core.retired import meant
from lropt_jax._core.spelling import named, usage
from lropt_jax._core.values import Decay, Value

P = ParamSpec("P")
R = TypeVar("R")


def check(name: str, annotation: Any, argument: Any) -> None:
    """Refuse an argument that its annotation does not admit. Traced numbers pass, and so does what has no kind."""
    kind = kind_of(annotation)
    if argument is None and kind.optional:
        return
    if kind.sequence:
        _check_sequence(name, kind, argument)
    elif kind.range is not None:
        _check_number(name, kind, argument)
    elif kind.origin is Literal:
        words = get_args(kind.base)
        if not any(type(argument) is type(word) and argument == word for word in words):
            raise Refused(f"{name} must be one of {', '.join(map(str, words))}, got {shown(argument)}.")
    elif kind.origin is tuple:
        _check_tuple(name, get_args(kind.base), argument)
    elif kind.origin is Sequence:
        _check_items(name, get_args(kind.base)[0], argument)
    elif kind.origin is Mapping:
        _check_mapping(name, get_args(kind.base)[1], argument)
    elif name == "key" and isinstance(argument, (int, float, str, type(None))):
        raise WrongType(f"key must be a jax.random.key, got {shown(argument)}; write jax.random.key(0).")
    elif kind.origin is Callable:
        check_function(name, get_args(kind.base)[0], argument)
    elif isinstance(kind.base, type):
        _check_type(name, kind.base, argument)


def _check_type(name: str, expected: type, argument: Any) -> None:
    words = {bool: "True or False", str: "a string", optax.GradientTransformation: "a gradient transformation"}
    good = (bool, np.bool_) if expected is bool else expected
    if expected in words and not isinstance(argument, good):
        if isinstance(argument, Maker):
            raise WrongType(uncalled(name, argument))
        remedy = in_an_optimizers_place(argument) if expected is optax.GradientTransformation else ""
        raise WrongType(f"{name} must be {words[expected]}, got {shown(argument)}{remedy}.")
    own = expected not in words and issubclass(expected, tuple) and hasattr(expected, "_fields")
    if own and not isinstance(argument, expected):
        fields, defaults = (getattr(expected, part) for part in ("_fields", "_field_defaults"))
        parts = [field for field in fields if field not in defaults]
        call = callable(argument) and not isinstance(argument, type)
        remedy = "; call it" if call else getattr(expected, "_remedy", str)()
        raise WrongType(f"{name} must be {expected.__name__}({', '.join(parts)}), got {shown(argument)}{remedy}.")


def _check_mapping(name: str, kind: Any, argument: Any) -> None:
    if not isinstance(argument, Mapping) or not all(isinstance(key, str) for key in argument):
        raise WrongType(f"{name} must be a dict from strings, got {shown(argument)}.")
    for key, item in argument.items():
        check(f"{name}[{key!r}]", kind, item)


def _check_items(name: str, kind: Any, argument: Any) -> None:
    if not isinstance(argument, Sequence) or isinstance(argument, (str, Value)):
        raise WrongType(f"{name} must be a sequence, got {shown(argument)}.")
    for item in argument:
        check(name, kind, item)


def _check_tuple(name: str, kinds: tuple, argument: Any) -> None:
    if not isinstance(argument, (Sequence, np.ndarray, jax.Array)) or len(argument) != len(kinds):
        count = {2: "two", 3: "three", 4: "four"}.get(len(kinds), len(kinds))
        raise Refused(f"{name} must be {count} numbers, got {shown(argument)}.")
    for kind, item in zip(kinds, argument, strict=True):
        check(name, kind, item)


def _check_sequence(name: str, kind: Kind, argument: Any) -> None:
    if isinstance(argument, (str, Value)) or not (isinstance(argument, Sequence) or np.ndim(argument) > 0):
        raise WrongType(f"{name} must be a sequence of numbers, got {shown(argument)}.")
    _check_range(name, kind, argument)
    traced = any(isinstance(item, jax.core.Tracer) for item in jax.tree.leaves(argument))
    if not kind.mark(Ascending) or traced or not len(argument):
        return
    if np.ndim(argument) != 1 or np.any(np.diff(np.asarray(argument)) < 0):
        raise Refused(f"{name} must be a sequence in ascending order, got {cut(str(argument))}.")


def _check_number(name: str, kind: Kind, argument: Any) -> None:
    """Numbers, and schedules and rates where the kind takes them."""
    if isinstance(argument, Decay) and Decay in kind.types:
        return
    if isinstance(argument, Maker):
        raise WrongType(uncalled(name, argument))
    if isinstance(argument, Rate) and Rate in kind.types:
        return
    if callable(argument) and not isinstance(argument, type) and optax.Schedule in kind.types:
        if not isinstance(argument, Value):
            check_function(name, ["step"], argument, "of the step")
        return
    if not is_number(argument):
        raise WrongType(f"{name} must be {_noun(kind)}, got {shown(argument)}{in_a_numbers_place(argument)}.")
    if kind.static and not isinstance(argument, (int, np.integer)):
        raise Refused(f"{name} must be {kind.range}, got {shown(argument)}.")
    _check_range(name, kind, argument)


def _noun(kind: Kind) -> str:
    number = str(kind.range) if kind.range and kind.range.whole else "a number"
    return f"{number} or a schedule" if optax.Schedule in kind.types else number


def _check_range(name: str, kind: Kind, argument: Any) -> None:
    span: Any = kind.range
    if type(argument) in (int, float) and span.admits(argument):
        return
    for number in jax.tree.leaves(argument, is_leaf=lambda leaf: leaf is None):
        if isinstance(number, jax.core.Tracer):
            continue
        if not is_number(number):
            raise WrongType(f"{name} must be a number, got {shown(number)}.")
        if not _is_real(number):
            raise WrongType(f"{name} must be a real number, got {shown(number)}.")
        good = span.admits(np.asarray(number))
        if not np.all(good):
            got = cut(str(argument)) if np.size(number) < 10 else f"{np.asarray(number)[~good][0]} among them"
            raise Refused(f"{name} must be {span}, got {got}.")


def _is_real(number: Any) -> bool:
    dtype = np.asarray(number).dtype
    return isinstance(number, int) or jax.dtypes.issubdtype(dtype, np.floating) or dtype.kind in "iu"


def check_all(signature: inspect.Signature, arguments: Mapping[str, Any]) -> None:
    """Refuse whichever of a function's named arguments its annotation does not admit."""
    for name, argument in arguments.items():
        parameter = signature.parameters[name]
        several = parameter.kind is parameter.VAR_POSITIONAL
        for item in argument if several else (argument,):
            check(name, parameter.annotation, item)


def bound(function: Callable[..., Any], signature: inspect.Signature, args: tuple, kwargs: dict) -> dict[str, Any]:
    """The arguments of a call by name, defaults included."""
    try:
        call = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise WrongType(_unbound(str(error), function, signature, kwargs)) from None
    call.apply_defaults()
    return call.arguments


def _unbound(error: str, function: Callable[..., Any], signature: inspect.Signature, kwargs: dict) -> str:
    """What to say of arguments that a function does not take, or lacks."""
    known = [name for name, parameter in signature.parameters.items() if parameter.kind is not parameter.VAR_POSITIONAL]
    strange = [name for name in kwargs if name not in known]
    several = any(parameter.kind is parameter.VAR_KEYWORD for parameter in signature.parameters.values())
    if strange and not several:  # Python would name an argument that is missing first
        near = meant(strange[0], known)
        error = f"got an unexpected keyword argument {strange[0]!r}"
        return f"{error}; it is {usage(function)}." + (f" Did you mean {near}?" if near else "")
    named_only = [p.name for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY]
    if error.startswith("too many positional") and named_only:
        return f"{error}; it is {usage(function)}. Give the others by name: {named_only[0]}=..."
    return f"{error}; it is {usage(function)}."


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """A function that refuses arguments outside their kinds, and whose name stands before what it refuses.

    For functions whose results are no values: problems, objectives, rules of transfer. `lift` does the same.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        with naming(named(function)):
            check_all(signature, bound(function, signature, args, kwargs))
            return function(*args, **kwargs)

    return call
