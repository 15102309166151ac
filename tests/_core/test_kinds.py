"""Tests of kinds: ranges and their words."""

import inspect

import numpy as np
import pytest
from typing_extensions import TypeAliasType

from lropt_jax._core import kinds
from lropt_jax._core.annotations import kind_of
from lropt_jax._core.kinds import Range

KINDS = {name: kind for name, kind in vars(kinds).items() if isinstance(kind, TypeAliasType)}


@pytest.mark.parametrize(
    ("span", "words", "inside", "outside"),
    [
        (kinds.finite, "finite", [0, -5.0, 1e30], [np.inf, np.nan]),
        (kinds.nonnegative, "finite and >= 0", [0, 1e-30], [-1e-30, np.inf, np.nan]),
        (kinds.positive, "finite and > 0", [1e-30], [0, np.nan]),
        (kinds.nonpositive, "finite and <= 0", [0, -1e30], [1e-30, -np.inf, np.nan]),
        (kinds.at_least_one, "finite and >= 1", [1], [0.999]),
        (kinds.unit, "in [0, 1]", [0, 1], [-0.1, 1.1]),
        (kinds.below_one, "in [0, 1)", [0, 0.999], [1, np.nan]),
        (kinds.inside_unit, "in (0, 1)", [0.5], [0, 1]),
        (Range(0, 1, low_open=True), "in (0, 1]", [1], [0]),
        (Range(1, whole=True), "a whole number >= 1", [1, 7.0], [0, 2.5, np.inf]),
        (Range(-1, 2), "in [-1, 2]", [-1, 2], [-1.1, 3]),
    ],
)
def test_a_range_says_what_it_admits(span, words, inside, outside):
    assert str(span) == words
    assert np.all(span.admits(np.array(inside)))
    assert not np.any(span.admits(np.array(outside)))


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_prints_by_its_name_and_says_what_it_is(name):
    assert KINDS[name].__name__ == name
    assert repr(KINDS[name]) == name
    assert kind_of(KINDS[name]).mark(str)
    parameter = inspect.Parameter("x", inspect.Parameter.KEYWORD_ONLY, annotation=KINDS[name] | None, default=None)
    assert str(parameter) in (f"x: Optional[{name}] = None", f"x: {name} | None = None")
