"""What to write instead of a rule of the wrong kind."""

from collections.abc import Mapping, Sequence
from typing import Any

import optax

from lropt_jax._core.numbers import is_number
from lropt_jax._core.rate import Rate
from lropt_jax._core.spelling import spell
from lropt_jax._core.values import Decay, Schedule, Value


def in_an_optimizers_place(argument: Any) -> str:
    """What follows the refusal of something that is no optimizer: "; ...", or nothing."""
    if isinstance(argument, Decay):
        return "; it is an optimizer's weight_decay"
    if isinstance(argument, (Schedule, Rate)) or (is_number(argument) and not isinstance(argument, complex)):
        return f"; give it to an optimizer: adam({_short(argument)})"
    if isinstance(getattr(argument, "tx", None), optax.GradientTransformation):
        return "; give its tx"
    if isinstance(argument, (list, tuple)):
        if argument and all(isinstance(item, optax.GradientTransformation) for item in argument):
            return "; join them: chain(...)"
        if len(argument) == 2 and all(map(callable, argument)):
            return "; make one of the two: optax.GradientTransformation(init, update)"
    return "; call it" if callable(argument) and not isinstance(argument, type) else ""


def in_a_numbers_place(argument: Any) -> str:
    """What follows the refusal of something that is no number, no schedule and no rate, where one may stand."""
    if isinstance(argument, optax.GradientTransformation):
        return "; it takes no optimizer, a rate goes inside an optimizer"
    if isinstance(argument, Rate):
        return "; it takes no rate that sets itself, only an optimizer's learning_rate does"
    if isinstance(argument, Decay):
        return "; it is an optimizer's weight_decay"
    if isinstance(argument, type):
        return "; it is a class, make one"
    if callable(argument):
        return "; it takes no schedule"
    if isinstance(argument, str) and _is_text_of_number(argument):
        return f"; write {argument.strip()} without quotes"
    if isinstance(argument, Mapping):
        return "; for single parameters write multiply(optimizer, {...}), or decay(0.1, mask=...)"
    if isinstance(argument, tuple) and len(argument) in (2, 3) and all(map(callable, argument[:2])):
        return "; a rate of your own is Rate(init, next)"
    if isinstance(argument, Sequence) and len(argument) == 1 and is_number(argument[0]):
        return f"; write {spell(argument[0])}"
    return ""


def _is_text_of_number(text: str) -> bool:
    try:
        float(text[:80])
    except ValueError:
        return False
    return True


def _short(argument: Any) -> str:
    return f"{argument.factory.name}(...)" if isinstance(argument, Value) else spell(argument)[:40]
