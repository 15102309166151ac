"""Tests of `cosine`."""

import numpy as np
import optax
import pytest
from golden_values import schedule_cases
from laws import ScheduleLaws, x64

from lropt_jax.schedules import cosine


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
