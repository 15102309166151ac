"""Tests of the constant, straight and power schedules of transformers."""

import numpy as np
import pytest
from golden_values import assert_rates, schedule_cases
from laws import PortedScheduleLaws

from lropt_jax.compat import transformers
from lropt_jax.compat.transformers import (
    get_constant_schedule,
    get_constant_schedule_with_warmup,
    get_inverse_sqrt_schedule,
    get_linear_schedule_with_warmup,
    get_polynomial_decay_schedule_with_warmup,
)


class TestLawsOfConstant(PortedScheduleLaws):
    specimen = get_constant_schedule(0.1)
    end = 0


class TestLawsOfConstantWithWarmup(PortedScheduleLaws):
    specimen = get_constant_schedule_with_warmup(0.1, 8)
    end = 8


class TestLawsOfLinear(PortedScheduleLaws):
    specimen = get_linear_schedule_with_warmup(0.1, 4, 20)
    end = 20


class TestLawsOfPolynomial(PortedScheduleLaws):
    specimen = get_polynomial_decay_schedule_with_warmup(0.1, 4, 20, 0.001, 1.5)
    end = 20


class TestLawsOfInverseSqrt(PortedScheduleLaws):
    specimen = get_inverse_sqrt_schedule(0.1, 4)


class TestLawsOfInverseSqrtWithATimescale(PortedScheduleLaws):
    specimen = get_inverse_sqrt_schedule(0.1, 4, 7.5)


@pytest.mark.parametrize("name", [
    "get_constant_schedule",
    "get_constant_schedule_with_warmup",
    "get_linear_schedule_with_warmup",
    "get_polynomial_decay_schedule_with_warmup",
    "get_inverse_sqrt_schedule",
])  # fmt: skip
def test_the_numbers_are_the_library_s(name):
    for case in schedule_cases(name, "transformers").values():
        assert_rates(getattr(transformers, name)(case["base_lr"], **case["params"]), case["lrs"])


def test_the_first_update_of_a_warmup_moves_nothing():
    for schedule in (
        get_constant_schedule_with_warmup(0.1, 1),
        get_linear_schedule_with_warmup(0.1, 1, 5),
        get_polynomial_decay_schedule_with_warmup(0.1, 1, 5),
        get_inverse_sqrt_schedule(0.1, 1),
    ):
        assert schedule(0) == 0
        np.testing.assert_allclose(schedule(1), 0.1, rtol=1e-6)


def test_without_a_warmup_the_full_rate_comes_first():
    for schedule in (
        get_constant_schedule_with_warmup(0.5, 0),
        get_linear_schedule_with_warmup(0.5, 0, 5),
        get_polynomial_decay_schedule_with_warmup(0.5, 0, 5),
        get_inverse_sqrt_schedule(0.5, 0),
    ):
        assert schedule(0) == 0.5


def test_a_warmup_longer_than_the_run_goes_on_and_then_falls_to_0_at_once():
    schedule = get_linear_schedule_with_warmup(1.0, 4, 2)
    np.testing.assert_array_equal(schedule(np.arange(7)), [0, 0.25, 0.5, 0.75, 0, 0, 0])
    assert schedule.end == 4


def test_the_least_rate_comes_with_the_end_of_the_run():
    schedule = get_polynomial_decay_schedule_with_warmup(1.0, 2, 2**25, lr_end=0.0)
    np.testing.assert_allclose(schedule(2**25 - np.arange(4)), np.arange(4) / (2**25 - 2), rtol=1e-6)


def test_without_warmup_and_timescale_the_scale_is_10000():
    np.testing.assert_allclose(get_inverse_sqrt_schedule(1.0, 0)(30_000), 0.5, rtol=1e-6)


def test_bad_arguments_are_refused():
    for call, message in {
        lambda: get_constant_schedule(-1): "get_constant_schedule: base_lr must be finite and >= 0, got -1",
        lambda: get_constant_schedule_with_warmup(
            0.1, -1
        ): "transformers.get_constant_schedule_with_warmup: num_warmup_steps must be finite and >= 0, got -1",
        lambda: get_linear_schedule_with_warmup(
            0.1, 0, 0
        ): "transformers.get_linear_schedule_with_warmup: num_training_steps must be finite and > 0, got 0",
        lambda: get_polynomial_decay_schedule_with_warmup(
            0.1, 0, 9, 0.1
        ): "transformers.get_polynomial_decay_schedule_with_warmup: base_lr must be finite and > lr_end, 0.1, got 0.1",
        lambda: get_polynomial_decay_schedule_with_warmup(
            0.1, 9, 9
        ): "num_training_steps must be finite and > num_warmup_steps, 9, got 9",
        lambda: get_polynomial_decay_schedule_with_warmup(
            0.1, 0, 9, power=0
        ): "transformers.get_polynomial_decay_schedule_with_warmup: power must be finite and > 0, got 0",
        lambda: get_inverse_sqrt_schedule(
            0.1, 5, 0
        ): "transformers.get_inverse_sqrt_schedule: timescale must be finite and > 0, got 0",
    }.items():
        with pytest.raises(ValueError, match=message):
            call()
