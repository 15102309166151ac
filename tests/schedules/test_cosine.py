"""Tests of `cosine`."""

import jax
import numpy as np
import optax
import pytest
from golden_values import schedule_cases
from laws import ScheduleLaws, x64

from lropt_jax.schedules import constant, cosine


class TestLaws(ScheduleLaws):
    specimen = cosine(0.1, 20, floor=0.01)
    end = 20


def test_it_is_torch_cosine_annealing_lr_until_its_end():
    cases = schedule_cases("CosineAnnealingLR")
    ours = {
        "basic": cosine(0.1, 100),
        "past_T_max": cosine(0.1, 25, floor=0.01),
        "eta_min_above_base": cosine(0.01, 40, floor=0.1),
    }
    with x64():
        for name, schedule in ours.items():
            horizon = cases[name]["params"]["T_max"]
            theirs = cases[name]["lrs"][: horizon + 1]
            np.testing.assert_allclose(schedule(np.arange(len(theirs))), theirs, atol=1e-12)


def test_it_is_optax_cosine_decay_schedule():
    steps = np.arange(30)
    theirs = optax.cosine_decay_schedule(0.1, 20, alpha=0.1)(steps)
    np.testing.assert_allclose(cosine(0.1, 20, floor=0.01)(steps), theirs, rtol=1e-5)


def test_a_negative_floor_is_refused():
    with pytest.raises(ValueError, match="cosine: floor must be finite and >= 0, got -1"):
        cosine(0.1, 10, floor=-1)


def test_a_schedule_is_no_length_and_no_height():
    for bad in (lambda: cosine(constant(1.0), 100), lambda: cosine(0.1, constant(100.0))):
        with pytest.raises(
            TypeError, match=r"^cosine: (peak|steps) must be a number, got constant.* it takes no schedule"
        ):
            bad()


def test_a_rate_is_an_array_of_jax_however_it_is_asked_for():
    for step in (3, 3.5, np.int64(3), np.arange(4), np.arange(4, dtype=np.float64)):
        rate = cosine(0.1, 20)(step)
        assert isinstance(rate, jax.Array)
        assert rate.dtype == np.float32
        assert not rate.weak_type
