"""Annotations taken apart: which kind of argument one stands for."""

import functools
import types
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Union, get_args, get_origin

from lropt_jax._core.kinds import Range


@dataclass(frozen=True)
class Kind:
    """A named or annotated type taken apart, once for each."""

    name: str  # `Average`, or "" for a type without a name
    base: Any  # `ArrayLike | optax.Schedule`
    marks: tuple  # a Range, a Role, a mark, a text
    optional: bool = False  # whether None is allowed

    def mark(self, sort: type) -> Any:
        """The mark of this sort, or None."""
        return next((mark for mark in self.marks if isinstance(mark, sort)), None)

    @functools.cached_property
    def range(self) -> Range | None:
        """The numbers that are allowed."""
        return self.mark(Range)

    @functools.cached_property
    def types(self) -> tuple:
        """The alternatives of the base."""
        return members(self.base)

    @functools.cached_property
    def origin(self) -> Any:
        """What the base is made of, such as `Literal` or `tuple`."""
        return get_origin(self.base)

    @functools.cached_property
    def sequence(self) -> bool:
        """Whether it is a sequence of numbers."""
        return self.range is not None and Sequence in [get_origin(member) for member in self.types]

    @functools.cached_property
    def static(self) -> bool:
        """Whether an argument belongs to the tree's definition though it is a number."""
        return self.range is not None and self.types == (int,)


def members(annotation: Any) -> tuple:
    """The alternatives that an annotation allows."""
    return get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)


_known: dict[int, tuple[Any, Kind]] = {}


def kind_of(annotation: Any) -> Kind:
    """The kind that an annotation stands for; of `Average | None` that of `Average`.

    Each annotation is taken apart once. It is known by what it is, not by equality: `Literal["a", "b"]` is equal to
    `Literal["b", "a"]`, and both must keep their order.
    """
    if id(annotation) not in _known:
        _known[id(annotation)] = annotation, _taken_apart(annotation)
    return _known[id(annotation)][1]


def _taken_apart(annotation: Any) -> Kind:
    some = [member for member in members(annotation) if member is not type(None)]
    if type(None) in members(annotation) and len(some) == 1:
        return replace(kind_of(some[0]), optional=True)
    name = getattr(annotation, "__name__", "") if hasattr(annotation, "__value__") else ""
    whole = getattr(annotation, "__value__", annotation)
    if get_origin(whole) is Annotated:
        base, *marks = get_args(whole)
        inner = kind_of(base) if hasattr(base, "__value__") else Kind("", base, ())
        return Kind(name or inner.name, inner.base, (*marks, *inner.marks))
    return Kind(name, whole, ())
