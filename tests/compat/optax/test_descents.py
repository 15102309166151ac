"""Tests of Optax's optimizers without a second moment."""

import pytest
from laws import ValueLaws
from optax_paths import assert_same_paths

from lropt_jax.compat.optax import lion, sgd, signum
from lropt_jax.schedules import linear


class TestValueOfSGD(ValueLaws):
    specimen = sgd(0.1, momentum=0.9, nesterov=True)


class TestValueOfLion(ValueLaws):
    specimen = lion(linear(0.1, 10), mask={"w": True, "b": False})


@pytest.mark.parametrize("name", ["sgd", "sign_sgd", "signum", "lion"])
def test_it_is_optaxs(name):
    assert_same_paths(name)


@pytest.mark.parametrize("fixed", [{"momentum": None}, {"nesterov": True}])
def test_sgd_is_optaxs_with_other_flags(fixed):
    assert_same_paths("sgd", fixed)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="sgd: nesterov must be False without momentum, got True"):
        sgd(0.1, nesterov=True)
    with pytest.raises(ValueError, match=r"optax.signum: beta must be in \[0, 1\), got 1.0"):
        signum(0.1, beta=1.0)
    with pytest.raises(TypeError, match="optax.sgd: got an unexpected keyword argument 'accumulator_dtype'"):
        sgd(0.1, accumulator_dtype="float32")
    with pytest.raises(TypeError, match="optax.lion: too many positional arguments"):
        lion(0.1, 0.9, 0.99, None)
