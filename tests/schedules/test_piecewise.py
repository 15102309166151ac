"""Tests of `piecewise`."""

import numpy as np
import pytest
from golden_values import schedule_cases
from laws import ScheduleLaws, x64

from lropt_jax.schedules import join, piecewise


class TestLaws(ScheduleLaws):
    specimen = piecewise((0.1, 0.3, 0.01), (4, 12))
    end = 12


@pytest.mark.parametrize("name", ["a", "one"])
def test_it_is_keras_piecewise_constant_decay_one_update_earlier(name):
    case = schedule_cases("PiecewiseConstantDecay", "keras")[name]
    boundaries = tuple(boundary + 1 for boundary in case["params"]["boundaries"])
    with x64():
        schedule = piecewise(tuple(case["params"]["values"]), boundaries)
        np.testing.assert_allclose(schedule(np.arange(len(case["lrs"]))), case["lrs"], atol=1e-12)


def test_it_is_constant_rates_joined():
    steps = np.arange(20)
    np.testing.assert_array_equal(piecewise((0.1, 0.3), (7,))(steps), join([0.1, 0.3], [7])(steps))
    assert piecewise((0.1,), ())(5) == np.float32(0.1)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="piecewise: boundaries must be one fewer than values, got 2 for 2 values"):
        piecewise((0.1, 0.2), (3, 5))
    with pytest.raises(ValueError, match="piecewise: boundaries must be a sequence in ascending order"):
        piecewise((0.1, 0.2, 0.3), (5, 3))
    with pytest.raises(ValueError, match="piecewise: values must be finite and >= 0"):
        piecewise((0.1, -0.2), (3,))
