"""Tests of annotations taken apart."""

from typing import Annotated, Literal

import optax

from lropt_jax._core.annotations import Kind, kind_of
from lropt_jax._core.kinds import Average, Boundaries, Count, Range, Role, Size


def test_a_kind_is_taken_apart():
    kind = kind_of(Average | None)
    assert (kind.name, str(kind.mark(Range)), kind.mark(Role)) == ("Average", "in [0, 1)", Role.MEMORY)
    assert optax.Schedule in kind.types
    assert kind_of(Size).static
    assert not kind_of(Count).static
    assert kind_of(Annotated[Average, "of squares"]).name == "Average"
    assert kind_of(bool) == Kind("", bool, ())
    assert kind_of(bool | None).optional
    assert kind_of(Boundaries).sequence
    assert not kind_of(Average).sequence
    assert kind_of(Literal["a", "b"] | None) == Kind("", Literal["a", "b"], (), optional=True)


def test_words_keep_the_order_of_their_own_annotation():
    assert kind_of(Literal["a", "b"]).base.__args__ == ("a", "b")
    assert kind_of(Literal["b", "a"]).base.__args__ == ("b", "a")
