"""Tests of `cosine_restarts`."""

import jax
import numpy as np
import pytest
from golden_values import schedule_cases
from laws import ScheduleLaws, x64

from lropt_jax.schedules import cosine, cosine_restarts


class TestLaws(ScheduleLaws):
    specimen = cosine_restarts(0.1, 5, growth=2.0, decay=0.7, floor=0.001)


class TestLawsOfEvenPeriods(ScheduleLaws):
    specimen = cosine_restarts(0.1, 8, floor=0.001)
    nudges = (1.0, 1.1, 1.2)  # periods that shrink have an end


@pytest.mark.parametrize(("name", "schedule"), [
    ("basic", cosine_restarts(0.1, 20)),
    ("mult3", cosine_restarts(0.05, 5, growth=3)),
])  # fmt: skip
def test_it_is_torch_cosine_annealing_warm_restarts(name, schedule):
    case = schedule_cases("CosineAnnealingWarmRestarts")[name]
    with x64():
        np.testing.assert_allclose(schedule(np.arange(len(case["lrs"]))), case["lrs"], atol=1e-12)


def test_every_restart_is_on_its_step_where_other_libraries_err():
    """PyTorch's step(605) and timm give 0 here instead of the peak: floor(log(...)) falls on the wrong side."""
    for steps, growth in ((5, 3), (10, 3), (7, 2), (3, 5)):
        begins = [steps * (growth**period - 1) // (growth - 1) for period in range(1, 7)]
        schedule = cosine_restarts(0.1, steps, growth=growth)
        np.testing.assert_allclose(schedule(np.array(begins)), 0.1, rtol=1e-6)
        assert np.all(schedule(np.array(begins) - 1) < 0.03)


def test_peaks_fall_and_every_period_is_a_cosine():
    schedule = cosine_restarts(0.1, 10, growth=2, decay=0.5)
    np.testing.assert_allclose(schedule(np.arange(10, 30)), cosine(0.05, 20)(np.arange(20)), rtol=1e-5)


def test_the_slope_by_the_growth_is_right_at_even_periods():
    with x64():

        def rate(growth):
            return cosine_restarts(0.1, 5.0, growth=growth)(13.5)

        sides = [float(jax.grad(rate)(1.0 + offset)) for offset in (0.0, 1e-6)]
    assert sides[0] == pytest.approx(sides[1], rel=1e-4)


def test_shrinking_periods_are_refused():
    with pytest.raises(ValueError, match="cosine_restarts: growth must be finite and >= 1, got 0.5"):
        cosine_restarts(0.1, 10, growth=0.5)
