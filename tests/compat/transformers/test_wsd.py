"""Tests of the warmup-stable-decay of transformers."""

import numpy as np
import pytest
from golden_values import assert_rates, schedule_cases
from laws import PortedScheduleLaws

from lropt_jax.compat.transformers import get_wsd_schedule


class TestLaws(PortedScheduleLaws):
    specimen = get_wsd_schedule(0.1, 4, 9, 20, min_lr_ratio=0.1)
    end = 20


class TestLawsOfStableSteps(PortedScheduleLaws):
    specimen = get_wsd_schedule(
        0.1, 8, 9, num_stable_steps=3, warmup_type="cosine", decay_type="linear", min_lr_ratio=0.1
    )
    end = 20


class TestLawsOfRoots(PortedScheduleLaws):
    specimen = get_wsd_schedule(0.1, 8, 9, 20, warmup_type="1-sqrt", decay_type="1-sqrt", min_lr_ratio=0.1)
    end = 20


RISES = {"linear": lambda u: u, "cosine": lambda u: (1 - np.cos(np.pi * u)) / 2, "1-sqrt": lambda u: 1 - (1 - u) ** 0.5}
FALLS = {"linear": lambda u: 1 - u, "cosine": lambda u: (1 + np.cos(np.pi * u)) / 2, "1-sqrt": lambda u: 1 - u**0.5}


def by_hand(base, warmup, stable, decay, rise, fall, least):
    """In double precision, with 20 steps after the end."""
    height = [*rise(np.arange(warmup) / warmup), *np.ones(stable), *fall(np.arange(decay) / decay), *np.zeros(20)]
    return base * (least + (1 - least) * np.array(height))


def test_the_numbers_are_the_library_s():
    for case in schedule_cases("get_wsd_schedule", "transformers").values():
        assert_rates(get_wsd_schedule(case["base_lr"], **case["params"]), case["lrs"])


@pytest.mark.parametrize("warmup_type", RISES)
@pytest.mark.parametrize("decay_type", FALLS)
def test_every_shape_of_the_rise_goes_with_every_shape_of_the_fall(warmup_type, decay_type):
    for least in (0.0, 0.1):
        schedule = get_wsd_schedule(0.3, 30, 1000, 1050, None, warmup_type, decay_type, least)
        assert_rates(schedule, by_hand(0.3, 30, 20, 1000, RISES[warmup_type], FALLS[decay_type], least))


def test_other_numbers_of_waves_end_in_a_jump():
    schedule = get_wsd_schedule(1.0, 0, 8, num_stable_steps=2, num_cycles=2)
    np.testing.assert_allclose(schedule(np.arange(12)), [1, 1, 1, 0.5, 0, 0.5, 1, 0.5, 0, 0.5, 0, 0], atol=1e-12)


def test_stable_steps_count_before_the_length_of_the_run():
    steps = np.arange(40)
    both, one = get_wsd_schedule(0.1, 4, 9, 30, 3), get_wsd_schedule(0.1, 4, 9, num_stable_steps=3)
    np.testing.assert_array_equal(both(steps), one(steps))
    assert both.end == 16


def test_without_room_for_both_the_rate_jumps_into_the_decay():
    schedule = get_wsd_schedule(1.0, 4, 8, 8, decay_type="linear")
    np.testing.assert_allclose(schedule(np.arange(9)), [0, 0.25, 0.5, 0.75, 0.5, 0.375, 0.25, 0.125, 0], rtol=1e-6)


def test_stages_may_be_empty():
    np.testing.assert_array_equal(get_wsd_schedule(1.0, 0, 0, 3)(np.arange(5)), [1, 1, 1, 0, 0])
    np.testing.assert_array_equal(get_wsd_schedule(1.0, 2, 0, 2)(np.arange(4)), [0, 0.5, 0, 0])


def test_no_step_of_the_decay_is_lost_in_a_long_run():
    schedule = get_wsd_schedule(1.0, 0, 4, 2**25 + 1, decay_type="linear")
    np.testing.assert_array_equal(schedule(2**25 + 1 - np.arange(6)), [0, 0.25, 0.5, 0.75, 1, 1])


def test_bad_arguments_are_refused():
    for options, message in {
        (): "num_training_steps or num_stable_steps must be given, got neither",
        (("num_stable_steps", -1),): "num_stable_steps must be finite and >= 0, got -1",
        (("num_training_steps", 3),): "num_training_steps must be finite and >= num_warmup_steps, 4, got 3",
        (("warmup_type", "log"),): "warmup_type must be one of linear, cosine, 1-sqrt, got 'log'",
        (("decay_type", "sqrt"),): "decay_type must be one of linear, cosine, 1-sqrt, got 'sqrt'",
        (("min_lr_ratio", 1.5),): r"min_lr_ratio must be in \[0, 1\], got 1.5",
        (("num_cycles", -1),): "num_cycles must be finite and >= 0, got -1",
    }.items():
        with pytest.raises(ValueError, match=f"^transformers.get_wsd_schedule: {message}"):
            get_wsd_schedule(0.1, 4, 9, **dict(options))
    with pytest.raises(
        ValueError, match="^transformers.get_wsd_schedule: num_decay_steps must be finite and >= 0, got -9"
    ):
        get_wsd_schedule(0.1, 4, -9, 20)
