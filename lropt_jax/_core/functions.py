"""Check a function that people give: can it be called with these arguments?"""

import inspect
from typing import Any

from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import WrongType
from lropt_jax._core.spelling import usage
from lropt_jax._core.values import Value


def check_function(name: str, taken: Any, argument: Any, rule: str = "") -> None:
    """Refuse what is no function of so many arguments; `taken` is a list of their types, or `...`."""
    if not callable(argument):
        raise WrongType(f"{name} must be a function, got {shown(argument)}.")
    if not isinstance(taken, list):
        return
    count = len(taken)
    rule = rule or f"of {count} argument{'s' * (count != 1)}"
    if isinstance(argument, Value) and count != 1:
        raise WrongType(f"{name} must be a function {rule}, got {shown(argument)}, a schedule of the step.")
    try:
        inspect.signature(argument).bind(*taken)
    except TypeError:
        called = usage(argument) if hasattr(argument, "__name__") else shown(argument)
        raise WrongType(f"{name} must be a function {rule}, got {called}.") from None
    except ValueError:  # no signature is known, as of some builtins
        return
