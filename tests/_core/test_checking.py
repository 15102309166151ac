"""Tests of arguments against their kinds."""

import inspect
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lropt_jax._core.checking import check, checked
from lropt_jax._core.kinds import (
    AnyOptimizer,
    AnySchedule,
    Average,
    Boundaries,
    Count,
    Finite,
    Heights,
    LearningRate,
    NonNegative,
    Positive,
    Size,
    WeightDecay,
)
from lropt_jax.optimizers import decay, sgd
from lropt_jax.rates import dog
from lropt_jax.schedules import constant


@pytest.mark.parametrize("bad", [None, "0.1", True, object(), [1.0, "a"], [1.0]])
def test_what_is_no_number_is_a_type_error(bad):
    with pytest.raises(TypeError, match="^it must be a number, got"):
        check("it", NonNegative, bad)
    with pytest.raises(TypeError, match="^it must be a number or a schedule, got"):
        check("it", Average, bad)


@pytest.mark.parametrize("number", [0.1j, np.array("0.1"), np.array(True)])
def test_what_is_no_real_number_is_refused(number):
    with pytest.raises(TypeError, match="^it must be a real number, got"):
        check("it", Positive, number)


def test_numbers_of_any_library_pass_and_arrays_are_checked_whole():
    for good in (3, np.float16(1), jnp.ones(2, jnp.bfloat16), jnp.int8(3), np.ones(3)):
        check("it", Positive, good)
    with pytest.raises(ValueError, match="^it must be finite and > 0, got"):
        check("it", Positive, jnp.array([1.0, -1.0]))
    with pytest.raises(ValueError, match=r"^data must be finite, got nan among them\.$"):
        check("data", Finite, np.array([[1.0, np.nan]] * 20))


def test_none_passes_where_the_annotation_says_so():
    check("it", Average | None, None)
    with pytest.raises(ValueError, match=r"^it must be in \[0, 1\), got 1\.$"):
        check("it", Average | None, 1)


def test_a_whole_number_may_be_traced_or_a_float_but_has_no_fraction():
    for good in (1, 7.0, np.int64(3), jnp.int32(2)):
        check("it", Count, good)
    jax.jit(lambda number: check("it", Count, number))(2.5)
    for bad in (2.5, 0, -1, np.float32(0.5)):
        with pytest.raises(ValueError, match=rf"^it must be a whole number >= 1, got {re.escape(str(bad))}\.$"):
            check("it", Count, bad)
    for bad in (2.0, jnp.int32(2)):  # it decides shapes
        with pytest.raises(ValueError, match="^it must be a whole number >= 1, got"):
            check("it", Size, bad)
    with pytest.raises(TypeError, match="^it must be a whole number >= 1, got True"):
        check("it", Size, True)


def test_schedules_and_rates_go_where_the_kind_takes_them():
    check("it", Average, constant(0.5))
    check("it", AnySchedule, lambda step: step)
    check("it", LearningRate, dog())
    check("it", WeightDecay, decay(0.1))
    with pytest.raises(TypeError, match=r"^it must be a number, got constant\(peak=1.0\); it takes no schedule\.$"):
        check("it", Positive, constant(1.0))
    with pytest.raises(
        TypeError, match=r"^it must be a whole number >= 1, got constant\(peak=1.0\); it takes no sched"
    ):
        check("it", Count, constant(1.0))
    with pytest.raises(TypeError, match=r"^it must be a number or a schedule, got dog\(.*; it takes no rate that sets"):
        check("it", Average, dog())
    with pytest.raises(TypeError, match=r"^it must be a number or a schedule, got decay\("):
        check("it", Average, decay(0.1))


def test_sequences_are_checked_number_by_number():
    check("it", Heights, (1, 2.0, jnp.array(3)))
    check("it", Boundaries, [])
    jax.jit(lambda number: check("it", Boundaries, [number, 1.0]))(2.0)
    with pytest.raises(ValueError, match="^it must be finite and >= 0, got"):
        check("it", Heights, [1.0, -1.0])
    with pytest.raises(ValueError, match=r"^it must be a sequence in ascending order, got \(2, 1\)\.$"):
        check("it", Boundaries, (2, 1))
    for bad in (3.0, "12", constant(1.0)):
        with pytest.raises(TypeError, match="^it must be a sequence of numbers, got"):
            check("it", Heights, bad)
    check("it", Sequence[AnySchedule], [1.0, constant(1.0)])
    with pytest.raises(ValueError, match="^it must be finite and >= 0, got -1"):
        check("it", Sequence[AnySchedule], [1.0, -1])
    with pytest.raises(TypeError, match="^it must be a sequence, got 0.1"):
        check("it", Sequence[AnySchedule], 0.1)


def test_pairs_words_flags_texts_and_optimizers():
    check("betas", tuple[Average, Average], [0.9, constant(0.99)])
    with pytest.raises(ValueError, match="^betas must be two numbers, got 0.9"):
        check("betas", tuple[Average, Average], 0.9)
    with pytest.raises(ValueError, match=r"^betas must be in \[0, 1\), got 1"):
        check("betas", tuple[Average, Average], (0.9, 1))
    check("mode", Literal["min", "max"], "min")
    for bad in ("least", None, 0, np.array(["min"])):
        with pytest.raises(ValueError, match="^mode must be one of min, max, got"):
            check("mode", Literal["min", "max"], bad)
    check("flag", bool, np.True_)
    with pytest.raises(TypeError, match="^flag must be True or False, got 1"):
        check("flag", bool, 1)
    with pytest.raises(TypeError, match="^name must be a string, got 1"):
        check("name", str, 1)
    check("optimizer", AnyOptimizer, optax.sgd(0.1))
    with pytest.raises(TypeError, match="^optimizer must be a gradient transformation, got 0.1"):
        check("optimizer", AnyOptimizer, 0.1)
    check("optimizers", Mapping[str, AnyOptimizer], {"*": sgd(0.1)})
    with pytest.raises(TypeError, match=r"^optimizers\['\*'\] must be a gradient transformation, got 0.1"):
        check("optimizers", Mapping[str, AnyOptimizer], {"*": 0.1})
    with pytest.raises(TypeError, match="^optimizers must be a dict from strings, got 0.1"):
        check("optimizers", Mapping[str, AnyOptimizer], 0.1)


def test_what_has_no_kind_passes():
    for annotation in (inspect.Parameter.empty, Any, Sequence[str], object):
        check("it", annotation, ["anything"])


def test_a_checked_function_refuses_under_its_name():
    @checked
    def area(width: Positive, height: Positive = 1.0) -> Any:
        """An area."""
        return width * height

    assert area(2, height=3) == 6
    assert area.__doc__ == "An area."
    with pytest.raises(ValueError, match=r"^area: height must be finite and > 0, got 0\.$"):
        area(2, 0)
    with pytest.raises(
        TypeError, match=r"^area: missing a required argument: 'width'; it is area\(width, height=1.0\)"
    ):
        area()
