"""Calls of any factory, made from the kinds of its arguments alone."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

import numpy as np
import optax

from lropt_jax import compat, diagnostics, optimizers, rates, schedules, wrappers
from lropt_jax._core.annotations import Kind, kind_of, members
from lropt_jax._core.factory import Factory
from lropt_jax._core.kinds import Range
from lropt_jax._core.rate import Rate
from lropt_jax._core.refusal import Refused

ROOMS = (
    schedules,
    rates,
    optimizers,
    wrappers,
    diagnostics,
    *(getattr(compat, library) for library in compat.__all__),
)
FACTORIES = {
    rule.name: rule
    for room in ROOMS
    for rule in (getattr(room, name) for name in room.__all__)
    if isinstance(rule, Factory)
}


def number(span: Range) -> Any:
    """A number well inside a range: whole where it must be, and a power of two."""
    if span.high < np.inf:
        return (max(span.low, -1.0) + span.high) / 2
    return int(2 * max(span.low, 1)) if span.whole or span.low >= 1 else 2.0


def good(annotation: Any) -> Any:
    """An argument that an annotation admits."""
    kind = kind_of(annotation)
    span, origin = kind.mark(Range), get_origin(kind.base)
    if span is not None:
        one = number(span)
        return [one, 2 * one] if takes_sequence(kind) else one
    if origin is Literal:
        return get_args(kind.base)[0]
    if origin is Sequence and optax.Schedule in kind_of(get_args(kind.base)[0]).types:
        return (compat.torch.ExponentialLR(2.0, 0.5),)  # may stand in every list of schedules, beside a `base_lr` of 2
    if origin in (tuple, Sequence):
        return tuple(good(item) for item in get_args(kind.base) if item is not Ellipsis)
    if origin is Mapping:
        return {"*": good(get_args(kind.base)[1])}
    if kind.base is optax.GradientTransformation:
        return optimizers.sgd(0.1)
    if origin is Callable or kind.base is Callable or kind.base == optax.Schedule:
        return one_of_steps
    return {bool: False, str: "a"}.get(kind.base)


def one_of_steps(step: Any) -> Any:
    return 1.0


def takes_sequence(kind: Kind) -> bool:
    return Sequence in [get_origin(member) for member in kind.types]


def bad(annotation: Any) -> list[Any]:
    """Arguments that an annotation does not admit, for each way to be wrong."""
    kind = kind_of(annotation)
    span, origin = kind.mark(Range), get_origin(kind.base)
    if origin is Literal:
        return ["no such word", 1.5]
    if kind.base is bool:
        return [1, "yes"]
    if origin is tuple:
        pair = good(annotation)
        return [pair[:-1], *((item, *pair[1:]) for item in bad(get_args(kind.base)[0]))]
    if kind.base is optax.GradientTransformation:
        return [0.1, "sgd", None]
    if span is None:
        return []
    outside = [np.nan, "text", *outside_of(span), *([] if span.admits(np.inf) else [np.inf])]
    if takes_sequence(kind):
        return [*([item, item] for item in outside), schedules.linear(0.5, 10)]
    if optax.Schedule not in kind.types:
        outside.append(schedules.linear(0.5, 10))
    if Rate not in kind.types:
        outside.append(rates.dog())
    return [*outside, *([] if type(None) in members(annotation) else [None])]


def outside_of(span: Range) -> list[float]:
    """Numbers below a range, above it, and between whole numbers where it has only these."""
    ends = []
    if span.low > -np.inf:
        ends += [span.low - 1, *([span.low] if span.low_open else [])]
    if span.high < np.inf:
        ends += [span.high + 1, *([span.high] if span.high_open else [])]
    return [*ends, *([span.low + 1.5] if span.whole else [])]


@functools.cache
def calls(factory: Factory) -> list[dict[str, Any]]:
    """Arguments for calls: the defaults, good ones where there is none; all of them given; each of the words.

    Then, for arguments that must fit together: each one given alone, or twice as large, and each sequence empty.
    """
    named = {name: p for name, p in factory.__signature__.parameters.items() if p.kind is not p.VAR_POSITIONAL}
    every = {name: good(parameter.annotation) for name, parameter in named.items()}
    given = {name: p.default if p.default is not p.empty else every[name] for name, p in named.items()}
    words = [
        {**base, name: word}
        for name, parameter in named.items()
        for word in get_args(kind_of(parameter.annotation).base)
        if get_origin(kind_of(parameter.annotation).base) is Literal
        for base in (given, every)
    ]
    kinds = {name: kind_of(parameter.annotation) for name, parameter in named.items()}
    alone = [{**given, name: every[name]} for name in named]
    numbers = [name for name, kind in kinds.items() if kind.range is not None and not kind.sequence]
    larger = [{**given, name: 2 * every[name]} for name in numbers if kinds[name].range.admits(2 * every[name])]
    empty = [{**given, name: []} for name, kind in kinds.items() if kind.sequence]
    return [given, every, *words, *alone, *larger, *empty]


def value_of(factory: Factory, arguments: dict[str, Any]) -> Any:
    """The value that a person's call makes."""
    stars = [p.annotation for p in factory.__signature__.parameters.values() if p.kind is p.VAR_POSITIONAL]
    return factory(*map(good, stars), **arguments)


def value_with(factory: Factory, name: str, argument: Any) -> Any:
    """The value with this argument, in the first call in which all arguments fit together."""
    for arguments in calls(factory):
        try:
            return value_of(factory, {**arguments, name: argument})
        except Refused as refused:
            last = refused
    raise last
