"""Tests of the cosines of transformers that go down to a least rate."""

import numpy as np
import pytest
from golden_values import assert_rates, schedule_cases
from laws import PortedScheduleLaws

from lropt_jax.compat import transformers
from lropt_jax.compat.transformers import (
    get_cosine_with_min_lr_schedule_with_warmup,
    get_cosine_with_min_lr_schedule_with_warmup_lr_rate,
)

NAMES = ["get_cosine_with_min_lr_schedule_with_warmup", "get_cosine_with_min_lr_schedule_with_warmup_lr_rate"]


class TestLaws(PortedScheduleLaws):
    specimen = get_cosine_with_min_lr_schedule_with_warmup(0.1, 4, 20, min_lr=0.01)


class TestLawsOfARatio(PortedScheduleLaws):
    specimen = get_cosine_with_min_lr_schedule_with_warmup(0.1, 4, 20, 1.5, min_lr_rate=0.1)


class TestLawsOneStepAhead(PortedScheduleLaws):
    specimen = get_cosine_with_min_lr_schedule_with_warmup_lr_rate(0.1, 4, 20, min_lr=0.01)


class TestLawsWithAFirstRate(PortedScheduleLaws):
    specimen = get_cosine_with_min_lr_schedule_with_warmup_lr_rate(0.1, 8, 20, min_lr_rate=0.1, warmup_lr_rate=0.2)


@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_are_the_library_s(name):
    for case in schedule_cases(name, "transformers").values():
        assert_rates(getattr(transformers, name)(case["base_lr"], **case["params"]), case["lrs"])


@pytest.mark.parametrize("name", NAMES)
def test_a_least_rate_and_its_ratio_say_the_same(name):
    factory, steps = getattr(transformers, name), np.arange(60)
    by_rate, by_ratio = factory(0.5, 5, 40, min_lr=0.125), factory(0.5, 5, 40, min_lr_rate=0.25)
    np.testing.assert_allclose(by_rate(steps), by_ratio(steps), rtol=1e-6)


def test_the_rise_comes_from_0_and_the_rate_rises_again_after_the_run():
    schedule = get_cosine_with_min_lr_schedule_with_warmup(1.0, 4, 20, min_lr=0.5)
    np.testing.assert_allclose(schedule(np.array([0, 2, 4, 20, 36])), [0, 0.5, 1, 0.5, 1], rtol=1e-6)


def test_one_step_ahead_the_first_update_moves_and_the_last_has_the_least_rate():
    schedule = get_cosine_with_min_lr_schedule_with_warmup_lr_rate(1.0, 4, 20, min_lr=0.5)
    np.testing.assert_allclose(schedule(np.array([0, 3, 19, 35])), [0.25, 1, 0.5, 1], rtol=1e-6)


def test_the_rise_may_begin_at_a_rate_of_its_own():
    schedule = get_cosine_with_min_lr_schedule_with_warmup_lr_rate(1.0, 5, 20, min_lr=0.0, warmup_lr_rate=0.2)
    np.testing.assert_allclose(schedule(np.arange(5)), [0.2, 0.4, 0.6, 0.8, 1], rtol=1e-6)
    short = get_cosine_with_min_lr_schedule_with_warmup_lr_rate(1.0, 1, 20, min_lr=0.0, warmup_lr_rate=0.2)
    np.testing.assert_allclose(short(0), 0.2, rtol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_bad_arguments_are_refused(name):
    factory = getattr(transformers, name)
    for options, message in {
        (): "min_lr or min_lr_rate must be given, one of them, got None and None",
        (("min_lr", 0.01), ("min_lr_rate", 0.1)): "min_lr or min_lr_rate must be given, one of them, got 0.01 and 0.1",
        (("min_lr", -0.1),): "min_lr must be finite and >= 0, got -0.1",
        (("min_lr_rate", 1.5),): r"min_lr_rate must be in \[0, 1\], got 1.5",
        (("min_lr", 0.0), ("num_cycles", -1)): "num_cycles must be finite and >= 0, got -1",
    }.items():
        with pytest.raises(ValueError, match=f"^transformers.{name}: {message}"):
            factory(0.1, 5, 20, **dict(options))
    with pytest.raises(ValueError, match=f"^transformers.{name}: base_lr must be finite and > 0, got 0"):
        factory(0, 5, 20, min_lr=0.0)
    with pytest.raises(
        ValueError, match=f"^transformers.{name}: num_training_steps must be finite and >= num_warmup_steps, 5"
    ):
        factory(0.1, 5, 4, min_lr=0.0)


def test_a_first_rate_is_a_share():
    with pytest.raises(ValueError, match=r"lr_rate: warmup_lr_rate must be in \[0, 1\], got 2"):
        get_cosine_with_min_lr_schedule_with_warmup_lr_rate(0.1, 5, 20, min_lr=0.0, warmup_lr_rate=2)
