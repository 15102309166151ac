"""Tests of Optax's optimizers that divide by the size of the gradients."""

import pytest
from laws import ValueLaws
from optax_paths import assert_same_paths

from lropt_jax.compat.optax import adadelta, adagrad, rmsprop


class TestValueOfAdaGrad(ValueLaws):
    specimen = adagrad(0.1)


class TestValueOfAdaDelta(ValueLaws):
    specimen = adadelta(1.0, weight_decay=0.1)


class TestValueOfRMSprop(ValueLaws):
    specimen = rmsprop(0.1, momentum=0.9, centered=True)


@pytest.mark.parametrize("name", ["adagrad", "adadelta", "rmsprop"])
def test_it_is_optaxs(name):
    assert_same_paths(name)


@pytest.mark.parametrize(
    "fixed",
    [{"momentum": None, "eps_in_sqrt": False, "bias_correction": True}, {"centered": True, "nesterov": True}],
    ids=str,
)
def test_rmsprop_is_optaxs_with_other_flags(fixed):
    assert_same_paths("rmsprop", fixed)


def test_bad_arguments_are_refused():
    with pytest.raises(TypeError, match="optax.adadelta: missing a required argument: 'learning_rate'"):
        adadelta()
    with pytest.raises(ValueError, match=r"optax.adadelta: rho must be in \[0, 1\), got 1.0"):
        adadelta(1.0, rho=1.0)
    with pytest.raises(ValueError, match="optax.rmsprop: initial_scale must be finite and >= 0, got -1.0"):
        rmsprop(0.1, initial_scale=-1.0)
