"""Tests of `milestones`."""

import numpy as np
import optax
import pytest
from golden_values import schedule_cases
from laws import ScheduleLaws, x64

from lropt_jax.schedules import milestones


class TestLaws(ScheduleLaws):
    specimen = milestones(0.1, (3, 10, 15), decay=0.5, floor=0.001)
    end = 15


def test_it_is_torch_multi_step_lr():
    cases = schedule_cases("MultiStepLR")
    with x64():
        for case in cases.values():
            schedule = milestones(0.1, sorted(case["params"]["milestones"]), decay=case["params"]["gamma"])
            np.testing.assert_allclose(schedule(np.arange(len(case["lrs"]))), case["lrs"], atol=1e-12)


def test_it_is_optax_piecewise_constant_schedule():
    steps = np.arange(30)
    theirs = optax.piecewise_constant_schedule(0.1, {3: 0.5, 10: 0.5})(steps)
    np.testing.assert_allclose(milestones(0.1, (3, 10), decay=0.5)(steps), theirs, rtol=1e-6)


def test_milestones_may_be_an_array():
    np.testing.assert_array_equal(
        milestones(1.0, np.array([2, 3]))(np.arange(4)), milestones(1.0, (2, 3))(np.arange(4))
    )


def test_milestones_out_of_order_are_refused():
    with pytest.raises(ValueError, match=r"milestones: steps must be a sequence in ascending order, got \(30, 10\)"):
        milestones(0.1, (30, 10))
    with pytest.raises(ValueError, match="milestones: steps must be a sequence of numbers, got 30"):
        milestones(0.1, 30)
