"""What `*`, `+` and the other signs mean between rules: `0.5 * schedule` is `scale(schedule, 0.5)`."""

import importlib
from collections.abc import Callable
from typing import Any

import jax

from lropt_jax._core.limits import shown
from lropt_jax._core.numbers import is_number
from lropt_jax._core.refusal import Refused, WrongType, naming

_SIGNS = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "matmul": "@"}
_ORDERS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def _refused(sign: str) -> Callable[..., Any]:
    def refuse(self: Any, *other: Any) -> Any:
        with naming(_name(self)):
            raise WrongType(f"{sign} must have numbers, got {_noun(self)}; {_remedy(self)}.")

    return refuse


class Unmultiplied:
    """Refuses every sign, and says what to write. Optimizers are tuples: Python would repeat and join these."""

    __array_ufunc__ = None  # NumPy leaves signs to the rule
    __float__ = _refused("float()")
    for _method, _sign in _SIGNS.items():
        locals()[f"__{_method}__"] = locals()[f"__r{_method}__"] = _refused(_sign)
    for _method, _sign in (*_ORDERS.items(), ("neg", "-"), ("abs", "abs()")):
        locals()[f"__{_method}__"] = _refused(_sign)
    del _method, _sign


class Multiplied(Unmultiplied):
    """Makes `scale` of the product with a number, `product` of that with a schedule; refuses the other signs."""

    def __mul__(self, other: Any) -> Any:
        return times(self, other, (self, other))

    def __rmul__(self, other: Any) -> Any:
        return times(self, other, (other, self))

    def __truediv__(self, other: Any) -> Any:
        with naming(_name(self)):
            if not _is_real(other):
                raise WrongType(f"/ must have a number at its right, got {shown(other)}.")
            if not isinstance(other, jax.core.Tracer) and not abs(other) > 0:
                raise Refused(f"/ must have a number > 0 at its right, got {other}.")
        return times(self, 1 / other, (self, 1 / other))

    def __neg__(self) -> Any:
        with naming(_name(self)):
            raise Refused("a rate must be >= 0, got one with a minus; updates go against the gradients without it.")


def times(rule: Any, other: Any, both: tuple[Any, Any]) -> Any:
    """A rule times a number or another rule. Floor 0 asks a room above by its name, when it is used."""
    room = importlib.import_module("lropt_jax.schedules")
    with naming(_name(rule)):
        if _is_real(other):
            if callable(rule):
                return room.scale(rule, other)
            if isinstance(other, int) and other < 0:
                raise Refused(f"the factor of a rate must be >= 0, got {other}; {_OPTAX}.")
            return room.product(*both)
        if (
            isinstance(other, Multiplied)
            or hasattr(other, "revise")
            or (callable(other) and not isinstance(other, (type, Unmultiplied)))
        ):
            return room.product(*both)
        raise WrongType(f"* must have a number or a schedule at its other side, got {shown(other)}.")


_OPTAX = "if that is from an optimizer of Optax, take one of this library: Optax's read no rate that sets itself"


def _is_real(other: Any) -> bool:
    return is_number(other) and not isinstance(other, complex)


def _name(rule: Any) -> str:
    return rule.factory.name if hasattr(rule, "factory") else getattr(rule, "name", type(rule).__name__)


def _noun(rule: Any) -> str:
    return "a factory" if not hasattr(rule, "factory") else _NOUNS[type(rule).__name__][0]


def _remedy(rule: Any) -> str:
    return f"call it: {rule.example}" if not hasattr(rule, "factory") else _NOUNS[type(rule).__name__][1]


_NOUNS = {
    "Schedule": ("a schedule", "ask for the rate of a step, schedule(step), or write a function of the step"),
    "SelfSettingRate": ("a rate that sets itself", "multiply it by a number or a schedule, 0.5 * rate"),
    "Optimizer": ("an optimizer", "join optimizers with chain(...), and multiply the learning rate inside"),
    "Decay": ("a weight decay", "multiply its strength inside, decay(0.5 * strength)"),
}
