"""Tests of Optax's Adafactor."""

import pytest
from laws import ValueLaws
from optax_paths import assert_same_paths

from lropt_jax import optimizers
from lropt_jax.compat.optax import adafactor


class TestValue(ValueLaws):
    specimen = adafactor(0.1, 64, momentum=0.9, weight_decay_rate=1e-3)


@pytest.mark.parametrize(
    "fixed",
    [
        {"min_dim_size_to_factor": 2},
        {"multiply_by_parameter_scale": False, "min_dim_size_to_factor": 2, "factored": False, "momentum": None},
    ],
    ids=str,
)
def test_it_is_optaxs(fixed):
    assert_same_paths("adafactor", fixed, atol=1e-6)  # whose decay of the average is in float32


def test_no_rate_is_a_rate_of_1():
    assert adafactor().build() == optimizers.adafactor(
        1.0, rate_in_momentum=True, decay_coupling="independent", min_dim_size_to_factor=128
    )


def test_bad_arguments_are_refused():
    for call, message in {
        lambda: adafactor(min_dim_size_to_factor=0): "min_dim_size_to_factor must be finite and > 0, got 0",
        lambda: adafactor(decay_rate=-1.0): "decay_rate must be finite and >= 0, got -1.0",
        lambda: adafactor(clipping_threshold=0.0): "clipping_threshold must be finite and > 0, got 0.0",
        lambda: adafactor(momentum=1.0): r"momentum must be in \[0, 1\), got 1.0",
        lambda: adafactor(weight_decay_rate=-1.0): "weight_decay_rate must be finite and >= 0, got -1.0",
    }.items():
        with pytest.raises(ValueError, match=f"^optax.adafactor: {message}"):
            call()
