"""Check a function that people give: can it be called with these arguments?"""

import inspect
from typing import Any

import jax

from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import Refused, WrongType
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


def result_of(name: str, function: Any, *arguments: Any) -> Any:
    """Shapes and dtypes of what a function of JAX returns, or an error if it is not written in JAX."""
    concrete = jax.errors.ConcretizationTypeError, jax.errors.TracerArrayConversionError
    try:
        return jax.eval_shape(function, *arguments)
    except (*concrete, jax.errors.TracerIntegerConversionError) as error:
        first = str(error).split(". ")[0].splitlines()[0]
        raise Refused(
            f"{name} must be written in JAX, got {type(error).__name__} ({first}); read arrays of jax.numpy, not of "
            "NumPy, and write jnp.where for Python's if."
        ) from error
