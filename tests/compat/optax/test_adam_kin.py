"""Tests of Optax's relatives of Adam with another second moment or another start."""

import pytest
from laws import ValueLaws
from optax_paths import assert_same_paths

from lropt_jax.compat.optax import adamaxw, amsgrad, radam


class TestValueOfAdaMaxW(ValueLaws):
    specimen = adamaxw(0.1, weight_decay=0.1)


class TestValueOfAMSGrad(ValueLaws):
    specimen = amsgrad(0.1, bias_correction_mu=False, bias_correction_nu=False)


@pytest.mark.parametrize("name", ["amsgrad", "adamax", "adamaxw", "radam"])
def test_it_is_optaxs(name):
    assert_same_paths(name)


def test_amsgrad_is_optaxs_without_corrections():
    assert_same_paths("amsgrad", {"bias_correction_mu": False, "bias_correction_nu": False})


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="optax.amsgrad: bias_correction_mu and bias_correction_nu must be the same"):
        amsgrad(0.1, bias_correction_mu=False)
    with pytest.raises(ValueError, match="radam: threshold must be finite and >= 4, got 3.0"):
        radam(0.1, threshold=3.0)
